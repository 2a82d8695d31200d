"""Addresses of the chat: the widget's, and the workspace's inside an organisation."""

from django.urls import include, path

from chat.views import agent, messages, setup, widget

app_name = "chat"

conversation_patterns = [
    path("", agent.conversation, name="conversation"),
    path("messages/", messages.post, name="messages"),
    path("take/", agent.take, name="take"),
    path("assign/", agent.assign, name="assign"),
    path("release/", agent.release, name="release"),
    path("resolve/", agent.resolve, name="resolve"),
    path("reopen/", agent.reopen, name="reopen"),
    path("block/", agent.block, name="block"),
    path("unblock/", agent.unblock, name="unblock"),
]

setup_patterns = [
    path("", setup.start, name="setup"),
    path("seen/", setup.seen, name="setup_seen"),
    path("test-page/", setup.test_page, name="test_page"),
    path("sites/", setup.add_origin, name="add_origin"),
    path("sites/<uuid:origin_id>/remove/", setup.remove_origin, name="remove_origin"),
]

urlpatterns = [
    path("w.js", widget.loader, name="loader"),
    path("w/<str:widget_key>/", widget.frame, name="widget"),
    path("w/<str:widget_key>/session", widget.session, name="widget_session"),
    path("o/<slug:slug>/inbox/", agent.inbox, name="inbox"),
    path("o/<slug:slug>/inbox/rows/", agent.rows, name="rows"),
    path("o/<slug:slug>/inbox/rows/<uuid:conversation_id>/", agent.row, name="row"),
    path("o/<slug:slug>/conversations/<uuid:conversation_id>/", include(conversation_patterns)),
    path("o/<slug:slug>/start/", include(setup_patterns)),
]
