# Everything that can be done here. Each target makes .venv first if it is missing or out of date.
# Without make: python3 start.py lab | test | browser (Windows: py start.py …).
# ARGS reaches the program behind a target: make test ARGS="-k kano", make lab ARGS="--no-browser --port 8899".

PYTHON ?= python3
ARGS ?=
RUN = $(PYTHON) start.py run

.PHONY: lab test browser thorough demo report exercises datasets datasets-check core pages format lint lock bench spark guards busy kills hub hub-test hub-load

lab: ## set up, check the computer, copy the course into work/, open JupyterLab there
	$(PYTHON) start.py lab $(ARGS)

test: ## quick tests, lessons, grading; stops at the first broken layer
	$(PYTHON) start.py test $(ARGS)

hub: ## a hub for a class: JupyterHub, exchange, gradebook in PostgreSQL; ARGS="--help"
	$(PYTHON) start.py hub $(ARGS)

hub-test: ## a hub and its class in a real browser, as root and without (needs chromium, postgresql)
	$(RUN) -m pytest -m hub tests/hub $(ARGS)

hub-load: ## 50 trainees at once on a hub whose parts are killed: is anything lost? ten minutes, 12 GB, as root
	$(RUN) benchmarks/hub_load.py $(ARGS)

browser: ## tests that drive a real browser (needs chromium)
	$(PYTHON) start.py browser $(ARGS)

thorough: ## what make test leaves out: the rest of the corpus, the long simulations, lessons in Chinese; part of .ci/run
	$(RUN) -m pytest -n 2 --dist loadgroup -m "thorough and not (guards or spark)" $(ARGS)

guards: ## does a test fail without each guard of the grader? the whole corpus as one class; half an hour
	$(RUN) -m pytest -n 2 -m "guards or grading" tests/grading/test_guards.py tests/grading/test_corpus.py $(ARGS)

busy: ## the same grades beside eight busy processes?
	$(RUN) -m pytest -m "busy or grading" tests/grading/test_busy.py $(ARGS)

kills: ## is anything lost? each process of the grader is killed, at 200 points in all; half an hour
	$(RUN) -m pytest -s -m kills tests/grading/test_nothing_lost.py $(ARGS)

demo: ## a class of made-up trainees is collected and graded
	$(RUN) -m csmodels_helpers.grading.demo $(ARGS)

report: ## the class report from the gradebook: grading/report.html; ARGS="--hide-names"
	$(RUN) -m csmodels_helpers.cli report $(ARGS)

exercises: ## make exercises/ and the questions on other data from solutions/
	$(RUN) -m csmodels_helpers.grading.release $(ARGS)
	$(RUN) -m csmodels_helpers.grading.variants $(ARGS)

datasets: ## make datasets/ from their generators
	$(RUN) datasets/generate/all.py $(ARGS)

datasets-check: ## do the generators still make what is committed, byte for byte?
	$(RUN) datasets/generate/all.py --check $(ARGS)

core: ## copies of the lessons without their deeper cells, for a two-day course, into build/core/
	$(RUN) -m csmodels_helpers.notebooks core

pages: ## docs/glossary.md and docs/coverage.md from their tables
	$(RUN) -m csmodels_helpers.notebooks pages

format: ## put code and notebooks into the house form
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .
	$(RUN) -m csmodels_helpers.notebooks format

lint: ## only look: code, notebooks, types
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m pyright
	$(RUN) -m csmodels_helpers.notebooks lint
	$(RUN) -m csmodels_helpers.grading.contract

# All locks: every platform, hashes, no addresses. ARGS=--upgrade takes the newest versions.
COMPILE = $(RUN) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --group pyproject.toml:build $(ARGS) pyproject.toml

lock: ## make the locks anew from pyproject.toml
	$(COMPILE) -o requirements.lock
	$(COMPILE) --extra hub -c requirements.lock -o requirements-hub.lock
	$(COMPILE) --extra dev -c requirements-hub.lock -o requirements-dev.lock
	cp requirements-dev.lock requirements-spark.lock
	$(COMPILE) --extra dev --extra spark -o requirements-spark.lock
	cp requirements-dev.lock requirements-bench.lock # what otter-grader does not mind stays the same
	$(COMPILE) --extra bench -o requirements-bench.lock

# pyspark is half a gigabyte, so it gets an environment of its own, too.
SPARK = build/spark

spark: ## the models on Spark frames: the tests that need Java 17 or newer
	$(RUN) -m uv venv --quiet --allow-existing $(SPARK)
	$(RUN) -m uv pip sync --quiet --compile-bytecode --python $(SPARK) --require-hashes \
		--require-build-hashes --build-constraints requirements-spark.lock requirements-spark.lock
	$(RUN) -m uv pip install --quiet --python $(SPARK) --no-deps --no-build-isolation --editable .
	$(SPARK)/bin/python -m pytest -m spark tests/test_clusters.py $(ARGS)

# otter-grader wants an older wrapt than the locks have, so it gets an environment of its own.
BENCH = build/bench

bench: ## how long grading takes, beside other graders, on a machine with nothing else to do; ARGS=--quick tries it
	$(RUN) -m uv venv --quiet --allow-existing $(BENCH)
	$(RUN) -m uv pip sync --quiet --compile-bytecode --python $(BENCH) --require-hashes requirements-bench.lock
	for name in class_size cluster grading models scale widgets; do $(RUN) benchmarks/$$name.py $(ARGS) || exit; done
