from helpdesk.launch.command import LauncherCommand


class Command(LauncherCommand):
    """`manage.py test`; see helpdesk/launch/testing.py."""

    help = "Run every test; further arguments go to pytest."
    module = "helpdesk.launch.testing"
