from helpdesk.launch.command import LauncherCommand


class Command(LauncherCommand):
    """`manage.py check_all`; see helpdesk/launch/check_all.py."""

    help = "Run every static check and print a table."
    module = "helpdesk.launch.check_all"
