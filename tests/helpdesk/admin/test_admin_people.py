"""People in the admin: shut out and let in by the action, seen without their secrets."""

import pytest

from compliance import audit_events
from tests.helpdesk.admin.conftest import entries, page

pytestmark = pytest.mark.django_db(transaction=True)


def test_people_are_deactivated_and_let_back_in_by_the_action(operator, ada):
    url = page("tenants_user_changelist")
    operator.post(url, {"action": "deactivate", "_selected_action": [ada.user_id]})
    ada.user.refresh_from_db()
    assert not ada.user.is_active

    operator.post(url, {"action": "reactivate", "_selected_action": [ada.user_id]})
    ada.user.refresh_from_db()
    assert ada.user.is_active
    assert len(entries(ada.tenant, audit_events.MEMBER_CHANGED)) == 2


def test_an_operator_cannot_deactivate_themselves(operator, oscar):
    url = page("tenants_user_changelist")
    answer = operator.post(url, {"action": "deactivate", "_selected_action": [oscar.id]}, follow=True)

    assert "deactivate yourself" in answer.text
    assert "0 people" in answer.text


def test_a_person_is_looked_at_without_password_or_second_factor(operator, ada):
    shown = operator.get(page("tenants_user_change", ada.user_id)).text

    assert ada.user.email in shown
    assert ada.user.password not in shown
    assert "password" not in shown.lower().replace("change password", "").replace("password_change", "")
