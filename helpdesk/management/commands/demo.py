from helpdesk.launch.command import LauncherCommand


class Command(LauncherCommand):
    """`manage.py demo`; see helpdesk/launch/demo.py."""

    help = "Run everything on this machine: servers, web, worker and beat."
    module = "helpdesk.launch.demo"
