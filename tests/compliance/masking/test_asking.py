"""What an agent asks for: in the languages that masking knows, and not where a word only sounds like it."""

from pathlib import Path

import pytest

import compliance.masking_choice
from compliance.masking.asking import CARD, CODE, IDENTITY, KINDS, NEVER, PASSWORD, PIN, asked_for

EVERYDAY = Path(compliance.masking_choice.__file__).with_name("everyday_sentences.txt").read_text().splitlines()
ASKS = (
    ("send me your card number", CARD),
    ("Can you send me your card?", CARD),
    ("What's your CVV?", CODE),
    ("what is your full SSN", IDENTITY),
    ("Please tell me your password.", PASSWORD),
    ("Could you give me the security code on the back of the card", CODE),
    ("I need your card details to refund you", CARD),
    ("May I have your credit card number please?", CARD),
    ("Your CVV?", CODE),
    ("Card number please", CARD),
    ("Thanks! Can you type your PIN here so I can check?", PIN),
    ("To verify you, please provide your social security number", IDENTITY),
    ("could you read me the 16 digit number", CARD),
    ("Please share the one-time code you just received", PASSWORD),
    ("If you give me your card number I can charge it", CARD),
    ("Hi Vera, sorry about that. Please send us your card number and expiry date.", CARD),
    ("Whats ur cvv", CODE),
    ("Can I get your password?", PASSWORD),
    ("I'll need the three digits on the back", CODE),
    ("Please confirm your card number and CVV", CODE),
    ("Envíeme su número de tarjeta por favor", CARD),
    ("¿Cuál es su contraseña?", PASSWORD),
    ("Quel est votre mot de passe ?", PASSWORD),
    ("Envoyez-moi votre numéro de carte", CARD),
    ("Wie lautet Ihre Kartennummer?", CARD),
    ("Bitte schicken Sie mir Ihre Kreditkartennummer", CARD),
    ("Qual é a sua senha?", PASSWORD),
    ("Stuur me uw creditcardnummer", CARD),
    ("Mi dia il numero della carta", CARD),
    ("Nennen Sie mir bitte Ihr Passwort", PASSWORD),
    ("Enter your card number here", CARD),
    ("email me your card details", CARD),
    ("Please write down your PIN for me", PIN),
    ("what is the password you use?", PASSWORD),
    ("Can you tell me your SSN?", IDENTITY),
    ("We need your passport number", IDENTITY),
)
ASKS_NOTHING = (
    "Please never send your card number here.",
    "Don't share your password with anyone.",
    "We'd never ask for your CVV.",
    "Did you receive the card?",
    "Your card ending in 1111 was charged.",
    "What's the order number?",
    "You can reset your password under Settings.",
    "I'll send you a password reset link.",
    "We will send your new card by post.",
    "Please pay by this link; card details are hidden here.",
    "Enter your card number on the payment page, please.",
    "Please type your card number into the secure form.",
    "Have you changed your password?",
    "Did you enter your card number correctly?",
    "What are the last four digits of your card?",
    "Do you have a loyalty card?",
    "Can you give me your gift card number?",
    "Please send me your order number.",
    "May I have your name and postcode?",
    "The PIN board is in the hall.",
    "Is your card expired?",
    "Which card did you use, Visa or Mastercard?",
    "Our password policy asks for 12 characters.",
    "Thank you. Card details are hidden here to protect you.",
    "Please check with your bank whether the card was blocked.",
    "I have sent you the form for your card.",
    "Your password was changed yesterday.",
    "Let me check your card payment.",
    "What's wrong with the card reader?",
    "Can I help you with a new password?",
    "Please send me a screenshot of the error.",
    "Do you still have the card?",
    "We accept credit card and PayPal.",
    "Please don't tell me your PIN!",
    "No envíe su número de tarjeta por aquí.",
    "Ne communiquez jamais votre mot de passe.",
    "Bitte senden Sie uns niemals Ihre Kartennummer.",
    "Tell me what happened when you paid by card.",
    "Can you tell me whether your card was charged twice?",
    "Please tell me which card type it is.",
    "We need to look at your card payment again.",
    "Please give your card to the driver.",
    "I can see your card was declined, please try another card.",
    "Send me the tracking number and I will look.",
    "Hello! How can I help?",
    "Refunds go back to the card you paid with.",
    "You get the code on your phone; keep it to yourself.",
    "The password field is below.",
    "Please update your card in the settings.",
    "What is a CVV?",
    "Our team will never ask you to send your password.",
    "Have you tried paying with another card?",
    "Can you tell me the name on the order?",
    "Please confirm your e-mail address.",
    "Your social media team was great.",
    "The verification code expires in 10 minutes.",
)


@pytest.mark.parametrize(("text", "kind"), ASKS)
def test_a_reply_that_asks_for_what_must_not_be_said_is_known_by_its_kind(text, kind):
    assert asked_for(text) == kind
    assert asked_for(f"Hello Vera, thank you for waiting. {text.upper()}") == kind


@pytest.mark.parametrize("text", [*ASKS_NOTHING, *EVERYDAY])
def test_a_reply_that_asks_for_nothing_of_the_kind_is_left_alone(text):
    assert asked_for(text) is None


def test_the_gravest_of_several_is_told_and_letters_from_elsewhere_do_not_hide_it():
    assert asked_for("Please send me your password and your CVV.") == CODE
    # Full-width letters.
    assert asked_for("Please send me your \uff43\uff41\uff52\uff44 number") == CARD
    assert set(KINDS) >= NEVER


def test_a_long_text_is_looked_at_in_time_that_grows_with_it():
    assert asked_for("your card " * 800) is None
    assert asked_for("send " * 1500 + "card") is None
