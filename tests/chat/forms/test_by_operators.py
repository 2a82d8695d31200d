"""What an operator does ends secure forms too, though their role of the database reads none."""

import pytest
from django.urls import reverse

from chat.models import FormState
from chat.secure_forms import volatile
from tests.chat.forms.conftest import again


@pytest.mark.django_db(transaction=True)
def test_what_waits_for_somebody_whom_an_operator_shuts_out_is_destroyed(client, sign_in, oscar, sent, desk):
    sign_in(client, oscar)
    given = {"action": "deactivate", "_selected_action": [str(desk.member.user_id)]}

    assert client.post(reverse("admin:tenants_user_changelist"), given).status_code == 302

    assert again(sent).state == FormState.REVOKED
    assert not volatile.is_there(sent.tenant_id, sent.id)
