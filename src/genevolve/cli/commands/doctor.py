"""`genevolve doctor`: what is configured, what answers, what is missing and how to get it."""

import typer


def doctor() -> None:
    """Tell what works here, what does not, and how to get it. Nothing is changed."""
    from ..checkup import checks, lines_of

    results = checks()
    for line in lines_of(results):
        print(line)
    if any(check.state == "broken" for check in results):
        raise typer.Exit(1)
