"""What both runs of `teep conform` share: the published report."""
import pathlib


class Report:
    """--compare FILE: the run must say what FILE says; --write FILE."""

    def __init__(self, options, home, name):
        self.path = self.write = None
        if options[:1] in (["--compare"], ["--write"]):
            self.write = options[0] == "--write"
            self.path, options = pathlib.Path(options[1]), options[2:]
        self.made = home / "report.md"
        self.options = options if self.path is None else [
            *options, "--name", name, "--markdown", str(self.made)]

    def settle(self):
        """0, or 5 if the published report is another."""
        if self.path is None:
            return 0
        made = self.made.read_text()
        if self.write:
            self.path.write_text(made)
            return 0
        if self.path.exists() and self.path.read_text() == made:
            return 0
        print(f"{self.path} is not what this run came to; tools/conformance "
              "writes it anew")
        return 5
