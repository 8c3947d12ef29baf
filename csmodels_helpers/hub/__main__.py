"""Start a hub and keep it running until Ctrl-C: ``make hub``."""

from csmodels_helpers.hub.run import app

if __name__ == "__main__":
    app(prog_name="make hub ARGS=…")
