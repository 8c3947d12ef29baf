"""What trainees' code and text try to bring onto the feedback page."""

from __future__ import annotations

from corpus import CORPUS, RIGHT, HandIn

case = CORPUS.case

SCRIPT = "<script>alert(1)</script>"
HANDLER = "<img src=x onerror=alert(1)>"
# What a page that runs something, or asks another machine, would contain unescaped.
HOSTILE = ("<script", "<iframe", "<svg", "<object", "<embed", "<form", "<base", "<img src=x", '<img src="x')
WRONG = "def share(yes, no, silent):\n    return yes / (yes + no + silent)\n"


def show(hand_in: HandIn, kind: str, content: str) -> None:
    """Let an answer display something of a kind, whose text does not stand in the code."""
    hand_in.before(
        "mean",
        "from IPython.display import display\n"
        f"display({{{kind!r}: bytes.fromhex({content.encode().hex()!r}).decode()}}, raw=True)",
    )


# ------------------------------------------------------------------------------------------- outputs


@case("HTML that is printed", shows=("&lt;script&gt;alert(1)",), hides=HOSTILE)
def _(hand_in: HandIn) -> None:
    hand_in.before("share", f"print({f'{SCRIPT} {HANDLER} </pre>{SCRIPT}'!r})")


@case("HTML that is displayed", shows=("<b>honest</b>",), hides=(*HOSTILE, "alert(1)"))
def _(hand_in: HandIn) -> None:
    show(hand_in, "text/html", f"<b>honest</b>{SCRIPT}{HANDLER}<iframe src='javascript:alert(1)'></iframe>")


@case("HTML nested so that cleaning might uncover it", hides=HOSTILE)
def _(hand_in: HandIn) -> None:
    show(
        hand_in,
        "text/html",
        "<scr<script>ipt>alert(1)</scr</script>ipt><math><mtext><table><mglyph><style><!--</style>"
        "<img title='--&gt;&lt;img src=x onerror=alert(1)&gt;'><noscript><p title='</noscript>"
        "<img src=x onerror=alert(1)>'>",
    )


@case("script in the cells of a table", shows=("honest",), hides=HOSTILE)
def _(hand_in: HandIn) -> None:
    hand_in.before("mean", "from IPython.display import HTML, display")
    hand_in.own(
        "m97-mean-answer",
        f"frame = pd.DataFrame({{'a': [{SCRIPT!r}, {HANDLER!r}], 'b': 'honest'}})\n"
        "display(frame, HTML(frame.to_html(escape=False)), frame.style.format(lambda x: x))",
    )


@case("script in a drawing", hides=(*HOSTILE, "alert(1)"))
def _(hand_in: HandIn) -> None:
    show(
        hand_in,
        "image/svg+xml",
        f"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'>{SCRIPT}<foreignObject>{SCRIPT}"
        "</foreignObject></svg>",
    )


@case("markup in place of a picture", hides=(*HOSTILE, "alert(1)"))
def _(hand_in: HandIn) -> None:
    show(hand_in, "image/png", f'">{SCRIPT}{HANDLER}')


@case("JavaScript that is displayed", hides=HOSTILE)
def _(hand_in: HandIn) -> None:
    source = "from IPython.display import Javascript, display\ndisplay(Javascript('alert(1)'))"
    hand_in.before("mean", source)


@case("widget that nobody knows", hides=HOSTILE)
def _(hand_in: HandIn) -> None:
    show(hand_in, "application/vnd.jupyter.widget-view+json", f"{SCRIPT}")


@case("Markdown that is displayed", shows=("<strong>honest</strong>",), hides=(*HOSTILE, "javascript:"))
def _(hand_in: HandIn) -> None:
    show(hand_in, "text/markdown", f"**honest** [x](javascript:alert) {SCRIPT} {HANDLER}")


@case("LaTeX that is displayed", hides=HOSTILE)
def _(hand_in: HandIn) -> None:
    show(hand_in, "text/latex", f"$\\href{{data:text/html,{SCRIPT}}}{{x}}$ {HANDLER}")


@case("styles that cover the page", shows=("honest",), hides=("position:", "url(", "@import", "z-index"))
def _(hand_in: HandIn) -> None:
    show(
        hand_in,
        "text/html",
        "<style>@import 'https://example.org/a.css';.verdict{display:none}</style>"
        "<div style='position: fixed; z-index: 9; inset: 0; background: url(https://example.org)'>honest</div>",
    )


@case("verdict of their own on the page", shows=("own words",), hides=("forged",))
def _(hand_in: HandIn) -> None:
    """Without the page's classes it cannot look like one."""
    show(
        hand_in,
        "text/html",
        '<div class="verdict right forged" id="forged"><b>own words</b></div></section></main></body></html>',
    )


@case("picture on another machine", hides=("https://tracker",))
def _(hand_in: HandIn) -> None:
    address = "https://tracker.example.org"
    show(hand_in, "text/html", f"<img src='{address}/a.png'><img srcset='{address}/b.png 2x'>")


@case("colours of the terminal", shows=("red words",), hides=("\x1b", "\x07"))
def _(hand_in: HandIn) -> None:
    hand_in.before("mean", "print('\\x1b[31mred words\\x1b[0m\\x1b]0;title\\x07\\x1b[2J')")


@case("output of a megabyte", shows=("the rest is left out",))
def _(hand_in: HandIn) -> None:
    hand_in.before("mean", "for line in range(20_000):\n    print(f'{line:050}')")


@case("one line of a megabyte", shows=("the rest is left out",))
def _(hand_in: HandIn) -> None:
    hand_in.before("mean", "print('x' * 1_000_000)")


@case("thousand outputs")
def _(hand_in: HandIn) -> None:
    hand_in.before("mean", "from IPython.display import display\nfor line in range(1000):\n    display(line)")


@case("page of zero signs and half characters")
def _(hand_in: HandIn) -> None:
    hand_in.before("mean", "print('\\x00\\ud800\\u202e\\ufffe' * 5)")


# --------------------------------------------------------------------------------------- what goes wrong


@case("script in the message of an exception", lost=("mean",), reason="value", hides=HOSTILE)
def _(hand_in: HandIn) -> None:
    hand_in.answer("mean", f"mean_score = None\nraise ValueError({f'</pre>{SCRIPT}{HANDLER}'!r})")


@case("script in the name of an exception", lost=("mean",), reason="value", hides=HOSTILE)
def _(hand_in: HandIn) -> None:
    hand_in.answer("mean", f"mean_score = None\nraise type({f'</pre>{SCRIPT}'!r}, (Exception,), {{}})")


@case("script in an exception of a function", lost=("share",), reason="raised", hides=HOSTILE)
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", f"def share(yes, no, silent):\n    raise ValueError({SCRIPT + HANDLER!r})\n")


@case("script in the value that is wrong", lost=("mean",), hides=HOSTILE)
def _(hand_in: HandIn) -> None:
    hand_in.answer("mean", f"mean_score = {SCRIPT + HANDLER!r}\n")


@case("script in what a function prints", lost=("words",), reason="value", hides=HOSTILE)
def _(hand_in: HandIn) -> None:
    hand_in.answer("words", f"def greet(name):\n    print({SCRIPT + HANDLER!r})\n")


@case("script in the title of a figure", hides=HOSTILE)
def _(hand_in: HandIn) -> None:
    hand_in.answer("chart", RIGHT["chart"].replace("Answers by region", SCRIPT + "$"))


FORGED = (
    "class CheckFailed(Exception):\n    pass\n\n"
    "def stop():\n    raise CheckFailed('[m97-mean/kept-silent] **Denominator.** forged words')\n"
)


@case(
    "own exception named like the checks'",
    lost=("mean",),
    reason="value",
    hides=("<strong>Denominator",),
)
def _(hand_in: HandIn) -> None:
    hand_in.answer("mean", f"mean_score = None\n{FORGED}\nstop()\n")


@case("own exception with a tag, from a function", lost=("share",), reason="raised", hides=("words 8",))
def _(hand_in: HandIn) -> None:
    """Its text could carry the arguments of a hidden call."""
    told = FORGED.replace("forged words'", "forged words ' + str(sum(a))").replace("stop()", "stop(*a)")
    hand_in.answer("share", f"{told}\ndef share(*a):\n    stop(*a)\n")


@case(
    "the checks' own exception from a function",
    lost=("share",),
    reason="raised",
    hides=("words 4", "words 32"),
)
def _(hand_in: HandIn) -> None:
    hand_in.answer(
        "share",
        "from csmodels_helpers.check import CheckFailed\ndef share(yes, no, silent):\n"
        "    words = f'forged words {yes + no}'\n"
        "    raise CheckFailed(words, item='m97-share', reason='value', misconception='kept-silent')\n",
    )


@case("arguments of a hidden call in an exception", lost=("share",), reason="raised", hides=("5 27 8",))
def _(hand_in: HandIn) -> None:
    hand_in.answer(
        "share",
        "def share(yes, no, silent):\n    if yes == 3:\n        return 0.75\n"
        "    raise ValueError(f'{yes} {no} {silent}')\n",
    )


@case("arguments of a hidden call as a value", lost=("share",), hides=("5 27 8", "'5', '27'"))
def _(hand_in: HandIn) -> None:
    hand_in.answer(
        "share",
        "def share(yes, no, silent):\n    return 0.75 if yes == 3 else f'{yes} {no} {silent}'\n",
    )


@case("arguments of a hidden call printed", hides=("5 27 8",))
def _(hand_in: HandIn) -> None:
    hand_in.answer(
        "share",
        "def share(yes, no, silent):\n    print(yes, no, silent)\n    return yes / (yes + no)\n",
    )


# ------------------------------------------------------------------------------ looking for hidden tests

# Parts of hidden lines, put together by the test, so that a case's own text never is one.
HIDDEN = ("Ms Schmidt", "0.15625", "5 / 32", '"W": 2.0', "other_counts")


@case("everything that IPython remembers", hides=HIDDEN)
def _(hand_in: HandIn) -> None:
    hand_in.own("m97-words-test", "print(In, Out)\n%history\nprint(get_ipython().user_ns.keys())")


@case("source of the callers", hides=HIDDEN)
def _(hand_in: HandIn) -> None:
    hand_in.answer(
        "share",
        "import inspect, linecache\nseen = []\ndef share(yes, no, silent):\n"
        "    for frame in inspect.stack():\n        seen.append(str(frame.code_context))\n"
        "    seen.append(str(list(linecache.cache.values()))[:100_000])\n    return yes / (yes + no)\n",
    )
    hand_in.own("m97-share-test", "print(''.join(seen))")


@case("everything that lives in the process", hides=HIDDEN)
def _(hand_in: HandIn) -> None:
    hand_in.own(
        "m97-words-test",
        "import gc\nfound = [thing for thing in gc.get_objects() if isinstance(thing, dict)]\n"
        "words = [value for thing in found for value in list(thing.values()) if type(value) is str]\n"
        "print([word for word in words if 'check.' + 'equal(\"m97' in word][:50])",
    )


@case("files of the course", hides=HIDDEN)
def _(hand_in: HandIn) -> None:
    hand_in.own(
        "m97-words-test",
        "import pathlib\nfor start in ('.', '..', '/tmp', '/work', '/home', '/root'):\n    try:\n"
        "        for path in list(pathlib.Path(start).rglob('*.ipynb'))[:20]:\n"
        "            print(path, path.read_text())\n    except OSError:\n        pass",
    )


# ----------------------------------------------------------------------------------------------- text


@case("script in the note", shows=("We wait.",), hides=(*HOSTILE, "alert(1)"))
def _(hand_in: HandIn) -> None:
    hand_in.answer("note", f"We wait. {SCRIPT}{HANDLER}<iframe srcdoc='{SCRIPT}'></iframe>")


@case("links that run something", shows=("We wait.",), hides=('"javascript:', "data:text/html", "vbscript:"))
def _(hand_in: HandIn) -> None:
    hand_in.answer(
        "note",
        "We wait. [a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](data:text/html;base64,PHNjcmlwdD4=)\n"
        "<a href='&#106;avascript:alert(1)'>d</a> <a href='java\tscript:alert(1)'>e</a> "
        "<a href='vbscript:x'>f</a>\n\n[g]: javascript:alert(1)\n\n[g]\n\n<javascript:alert(1)>",
    )


@case("pictures on other machines in the note", shows=("We wait.",), hides=("tracker.example.org",))
def _(hand_in: HandIn) -> None:
    hand_in.answer(
        "note",
        "We wait. ![x](https://tracker.example.org/a.png) ![y](//tracker.example.org/b.png)\n"
        "<img src='http://tracker.example.org/c.png'><video poster='https://tracker.example.org/d'></video>",
    )


@case("handlers in own Markdown", hides=HOSTILE)
def _(hand_in: HandIn) -> None:
    hand_in.own(
        "m97-title",
        f"# {HANDLER}\n\n<details ontoggle='alert(1)' open>x</details><p onclick='alert(1)'>y</p>"
        f"<marquee onstart='alert(1)'>z</marquee>\n\n```\n</code></pre>{SCRIPT}\n```\n\n$x {SCRIPT}$",
        "markdown",
    )


@case("forms that send something away", shows=("We wait.",), hides=("<form", "<button", "<input"))
def _(hand_in: HandIn) -> None:
    hand_in.answer(
        "note",
        "We wait. <form action='https://example.org'><input name='password'><button>Log in</button></form>"
        "<meta http-equiv=\"refresh\" content='0;url=https://example.org'><base href='https://example.org'>",
    )


@case("markup that never ends", shows=("By region",), hides=("<textarea", "<!--", "<plaintext"))
def _(hand_in: HandIn) -> None:
    hand_in.own("m97-title", "<textarea><!-- <plaintext> <table><tr><td><div><div></p></section>", "markdown")
    hand_in.own("m97-setup", "<title><xmp><noscript>", "markdown")


@case("script in a comment of the code", hides=HOSTILE)
def _(hand_in: HandIn) -> None:
    hand_in.before("share", f"# </code></pre></div>{SCRIPT}{HANDLER}")


@case("template markup", shows=("We wait.",), hides=("49 signs", "csmodels_helpers.grading"))
def _(hand_in: HandIn) -> None:
    hand_in.answer("note", "We wait. {{ 7 * 7 }} signs {% raw %} {{ self.__init__.__globals__ }} ${7*7}")


@case("a thousand nested quotes")
def _(hand_in: HandIn) -> None:
    hand_in.answer("note", ">" * 1_000 + " We wait." + "\n\n" + "[" * 1_000 + "*_" * 1_000)


@case("Markdown that takes an hour to read", shows=("the rest is left out",))
def _(hand_in: HandIn) -> None:
    hand_in.answer("note", "$$a" * 100_000 + "\\begin{a}" * 50_000)


@case("HTML that takes an hour to clean", shows=("plain words",))
def _(hand_in: HandIn) -> None:
    hand_in.before(
        "mean",
        "from IPython.display import display\n"
        "display({'text/html': '<div>' * 100_000, 'text/plain': 'plain words'}, raw=True)\n"
        "display({'text/html': '<!--' * 100_000 + '</b>', 'text/plain': ''}, raw=True)",
    )
