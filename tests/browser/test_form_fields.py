"""A form of one's own gets one more field without the page being asked for again."""

import pytest

from chat.secure_forms.kinds import MAX_FIELDS
from chat.views.form_settings import OwnForm


@pytest.mark.parametrize("count", [1, MAX_FIELDS - 1])
def test_with_scripts_the_page_stays(module_page, count):
    fields = "".join(
        f"<fieldset><legend>Field {place}</legend>{label}{kind}{needed}<ul class=errorlist></ul></fieldset>"
        for place, (label, kind, needed) in enumerate(OwnForm(count=count).rows, start=1)
    )
    module_page.evaluate(
        """async (html) => { document.body.innerHTML = html; await import("/static/chat/agent/form-fields.js"); }""",
        f"<form><input name=count value={count}><div data-rows>{fields}</div>"
        f"<button data-adds data-most={MAX_FIELDS}>Add field</button></form>",
    )
    module_page.locator(f"[name=label{count - 1}]").fill("Number")

    module_page.get_by_role("button", name="Add field").click()

    assert module_page.locator("legend").all_inner_texts()[-1] == f"Field {count + 1}"
    added = module_page.locator("fieldset").last
    assert [each.get_attribute("name") for each in added.locator("input, select").all()] == [
        f"label{count}", f"type{count}", f"needed{count}",
    ]  # fmt: skip
    assert module_page.evaluate("document.activeElement.name + document.activeElement.value") == f"label{count}"
    assert module_page.locator("[name=count]").input_value() == str(count + 1)
    assert module_page.get_by_role("button", name="Add field").is_visible() is (count + 1 < MAX_FIELDS)
