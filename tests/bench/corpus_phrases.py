"""How people say it. `{X}` is the value of entity X; `A:` begins an agent's message, `|` ends one."""

from typing import Final

CARD: Final = (
    "{CARD}", "my card is {CARD}", "card number {CARD}", "cc: {CARD}", "please charge {CARD}", "{CARD} is my visa",
    "here you go {CARD} thanks", "Hi, I'd like to update my payment method to {CARD} if possible",
    "it keeps declining, the number is {CARD}, can you try on your end?", "use {CARD} instead of the old one",
    "My card {CARD} is expiring this month", "I lost my card ({CARD}) yesterday, please block it", "pan={CARD}",
    "Need to see last 10 transactions of card {CARD}", "mi tarjeta es {CARD}", "el número de la tarjeta: {CARD}",
    "mon numéro de carte est le {CARD}", "ma carte bancaire {CARD} ne passe pas", "meine Kartennummer lautet {CARD}",
    "Kreditkarte {CARD}", "o número do meu cartão é {CARD}", "la mia carta è {CARD}", "mijn kaartnummer is {CARD}",
    "A:Could you give me the card number?|{CARD}", "A:which card did you use?|the one with {CARD}", "cc#{CARD}",
    "Visa {CARD}", "amex {CARD} pls", "card no.{CARD}", "ok so {CARD}\nlet me know", "was charged twice on {CARD}!!",
    "\"{CARD}\" <- that one", "number:{CARD}.", "order 48213 paid with {CARD}", "refund to {CARD}, not paypal",
)
CARD_FULL: Final = (
    "{CARD} exp {EXPIRY} cvv {CVV}", "{CARD} {EXPIRY} {CVV}", "{CARD}, {EXPIRY}, {CVV}", "{CARD}|{EXPIRY}|{CVV}",
    "card {CARD} expires {EXPIRY} security code {CVV}", "{CARD}\n{EXPIRY}\n{CVV}", "tarjeta {CARD} caduca {EXPIRY} cvv {CVV}",
    "carte {CARD} expire le {EXPIRY} cryptogramme {CVV}", "Karte {CARD} gültig bis {EXPIRY} Prüfnummer {CVV}",
    "{CARD}|{EXPIRY}|thanks", "{CARD}|and the cvv is {CVV}", "my card is {CARD}|{CVV}", "{CARD}|exp {EXPIRY}|{CVV}",
    "{CARD} valid thru {EXPIRY}, cvc: {CVV}", "cartão {CARD} validade {EXPIRY} código de segurança {CVV}",
    "carta {CARD} scadenza {EXPIRY} codice di sicurezza {CVV}", "kaart {CARD} geldig tot {EXPIRY} beveiligingscode {CVV}",
)
CVV: Final = (
    "cvv {CVV}", "CVV: {CVV}", "my cvv is {CVV}", "the cvc is {CVV} btw", "security code {CVV}", "cvv2={CVV}",
    "the 3 digits on the back are {CVV}", "code on the back of my card: {CVV}", "{CVV} is the security code", "cvv{CVV}",
    "A:What's the CVV?|{CVV}", "A:and the three digits on the back?|it's {CVV}", "A:security code please|sure, {CVV}",
    "el código de seguridad es {CVV}", "cryptogramme : {CVV}", "mon cryptogramme visuel est {CVV}", "Prüfziffer {CVV}",
    "die Kartenprüfnummer ist {CVV}", "Sicherheitscode: {CVV}", "código de segurança {CVV}", "codice di sicurezza: {CVV}",
    "de beveiligingscode is {CVV}", "csc {CVV}", "card verification value is {CVV}", "{CVV} (cvv)", "c.v.v. {CVV}",
    "A:what is the cvv|{CVV} thanks", "my card's security code is {CVV}", "CVC {CVV} and thats all", "cvv is: {CVV}",
)
PIN: Final = (
    "my pin is {PIN}", "PIN: {PIN}", "pin code {PIN}", "the PIN for my card is {PIN}", "atm pin {PIN}", "pin number is {PIN}",
    "A:what PIN did you enter?|{PIN}", "mi pin es {PIN}", "meine PIN lautet {PIN}", "mon code pin est {PIN}",
    "il mio pin è {PIN}", "mijn pincode is {PIN}", "{PIN} is my pin", "card pin={PIN}", "Geheimzahl {PIN}",
    "o pin do cartão é {PIN}", "I changed the pin to {PIN} yesterday", "code secret: {PIN}", "numero secreto {PIN}",
)
TRACK: Final = ("{TRACK}", "swipe gave {TRACK}", "reader output: {TRACK} is that ok?")
EXPIRY: Final = (
    "card exp {EXPIRY}", "my card expires {EXPIRY}", "valid thru {EXPIRY}", "exp date: {EXPIRY}", "the card is valid until {EXPIRY}",
    "A:when does the card expire?|{EXPIRY}", "la tarjeta vence {EXPIRY}", "Karte gültig bis {EXPIRY}", "carte expire le {EXPIRY}",
    "cartão, validade {EXPIRY}", "carta scadenza {EXPIRY}", "exp: {EXPIRY}", "expiration date {EXPIRY}",
)
SSN: Final = (
    "my ssn is {SSN}", "SSN: {SSN}", "social security number {SSN}", "social: {SSN}", "{SSN}", "soc sec # {SSN}",
    "A:Can you confirm your social?|{SSN}", "A:what's your SSN?|sure its {SSN}", "{SSN} is my social",
    "Here's my SSN: {SSN}", "His social security number is {SSN}", "ss# {SSN}", "mi número de seguro social es {SSN}",
)
SIMPLE: Final = {
    "SSN": SSN,
    "ITIN": ("my ITIN is {ITIN}", "itin: {ITIN}", "individual taxpayer id {ITIN}", "A:do you have an ITIN?|yes {ITIN}"),
    "EIN": ("our EIN is {EIN}", "EIN: {EIN}", "federal tax id {EIN}", "employer identification number {EIN}"),
    "SIN": ("my SIN is {SIN}", "social insurance number: {SIN}", "SIN {SIN}", "A:what's your SIN?|{SIN}"),
    "NHS": ("my NHS number is {NHS}", "NHS no. {NHS}", "nhs: {NHS}", "A:NHS number please|{NHS}"),
    "NINO": ("my national insurance number is {NINO}", "NI number: {NINO}", "NINO {NINO}", "{NINO} is my NI number", "{NINO}"),
    "IBAN": (
        "my IBAN is {IBAN}", "IBAN: {IBAN}", "please refund to {IBAN}", "{IBAN}", "mi iban es {IBAN}", "Meine IBAN lautet {IBAN}",
        "voici mon iban {IBAN}", "il mio IBAN: {IBAN}", "mijn iban {IBAN} graag", "o meu IBAN é {IBAN}, obrigado",
    ),
    "BANKACCT": (
        "my bank account number is {BANKACCT}", "account number: {BANKACCT}", "acct no {BANKACCT}", "checking account {BANKACCT}",
        "Kontonummer {BANKACCT}", "número de cuenta {BANKACCT}", "numéro de compte : {BANKACCT}", "rekeningnummer {BANKACCT}",
        "savings account number {BANKACCT} at Chase", "routing number {RTN}, account number {BANKACCT}",
        "sort code {SORT} account number {BANKACCT8}", "A:what's your account number?|{BANKACCT}", "BSB {BSB} acc no {BANKACCT}",
    ),
    "NATID": (
        "mi DNI es {DNI}", "DNI: {DNI}", "{DNI}", "meu cpf é {CPF}", "CPF {CPF}", "my aadhaar number is {AADHAAR}", "aadhar: {AADHAAR}",
        "mój pesel to {PESEL}", "PESEL {PESEL}", "mijn bsn is {BSN}", "BSN: {BSN}", "meine Steuer-ID ist {IDNR}", "Steueridentifikationsnummer: {IDNR}",
        "codice fiscale {CF}", "il mio codice fiscale è {CF}", "{CF}", "personnummer {PNR}", "mon numéro de sécu est {NIR}", "NIR : {NIR}",
        "my PPS number is {PPS}", "A:cual es su DNI?|{DNI}", "A:qual o seu CPF?|{CPF}", "Personalausweisnummer {PERSO}", "NIE {NIE}",
        "rijksregisternummer {NRN}", "AHV-Nummer {AHV}", "CURP: {CURP}",
    ),
    "TAXID": (
        "our VAT number is {VAT}", "VAT: {VAT}", "USt-IdNr. {VAT}", "numéro de TVA {VAT}", "my PAN is {PANIN}", "PAN number: {PANIN}",
        "CNPJ {CNPJ}", "TFN {TFN}", "my tax file number is {TFN}", "ABN: {ABN}", "GSTIN {GSTIN}", "NIF {NIFPT} (contribuinte)",
        "my UTR is {UTR}", "partita iva {PIVA}",
    ),
    "PASSPORT": (
        "my passport number is {PASSPORT}", "passport no: {PASSPORT}", "passport {PASSPORT}", "mi pasaporte es {PASSPORT}",
        "número de pasaporte {PASSPORT}", "mon passeport n° {PASSPORT}", "Reisepass-Nr. {PASSPORT}", "passaporto {PASSPORT}",
        "mijn paspoortnummer is {PASSPORT}", "A:passport number?|{PASSPORT}", "{PASSPORT} is my passport number", "passaporte {PASSPORT}",
        "A:Could you tell me your passport number please?|of course, it's {PASSPORT}",
    ),
    "DRIVERLICENSE": (
        "my driver's license is {DL}", "drivers license number {DL}", "DL# {DL}", "driving licence {DLUK}", "license number: {DL}",
        "permiso de conducir {DL}", "permis de conduire {DL}", "Führerscheinnummer {DL}", "patente di guida {DL}", "rijbewijs {DL}",
        "A:driver's license number?|{DL}",
    ),
    "MRN": (
        "MRN {MRN}", "my medical record number is {MRN}", "patient id: {MRN}", "chart number {MRN}", "Patientennummer {MRN}",
        "mrn#{MRN}", "A:what's your MRN?|{MRN}", "historia clínica {MRN}",
    ),
    "HEALTHPLAN": (
        "my medicare number is {MBI}", "Medicare ID {MBI}", "{MBI}", "health insurance member id {PLAN}", "insurance ID: {PLAN}",
        "my Aetna member ID is {PLAN}", "subscriber id {PLAN}", "Versichertennummer {KVNR}", "health plan number {PLAN}",
        "my insurance is Blue Cross, member id {PLAN}", "medicaid id {PLAN}",
    ),
    "DOB": (
        "my date of birth is {DOB}", "DOB {DOB}", "dob: {DOB}", "I was born on {DOB}", "born {DOB}", "birthday is {DOB}",
        "fecha de nacimiento {DOB}", "nací el {DOB}", "date de naissance : {DOB}", "née le {DOB}", "Geburtsdatum {DOB}",
        "geboren am {DOB}", "data de nascimento {DOB}", "data di nascita {DOB}", "geboortedatum {DOB}", "A:date of birth?|{DOB}",
        "A:Can you confirm your date of birth for me?|yes, {DOB}", "{DOB} is my date of birth", "d.o.b. {DOB}", "bday {DOB}",
    ),
    "PHONE": (
        "call me at {PHONE}", "my number is {PHONE}", "phone: {PHONE}", "tel {PHONE}", "you can reach me on {PHONE}", "mobile {PHONE}",
        "whatsapp {PHONE}", "mi teléfono es {PHONE}", "mon numéro de téléphone {PHONE}", "Handy {PHONE}", "{INTL}", "text me {PHONE}",
        "A:what's the best number to call you?|{PHONE}", "cell {PHONE} after 5pm", "telefono {PHONE}", "celular {PHONE}",
    ),
    "EMAIL": (
        "my email is {EMAIL}", "{EMAIL}", "e-mail: {EMAIL}", "send it to {EMAIL} please", "mi correo es {EMAIL}", "login {EMAIL}",
        "contact <{EMAIL}>", "it's under {EMAIL}, or maybe not", "mailto:{EMAIL}",
    ),
    "ADDRESS": (
        "I live at {ADDRESS}", "ship it to {ADDRESS}", "my address is {ADDRESS}", "{ADDRESS}", "new address: {ADDRESS} please update",
        "deliver to {ADDRESS}",
    ),
    "IP": ("my ip is {IP}", "IP address: {IP}", "{IP} keeps getting blocked", "logged in from {IP}", "ping {IP} fails"),
    "MAC": ("mac address {MAC}", "MAC: {MAC}", "the router's mac is {MAC}", "{MAC}"),
    "IMEI": ("imei {IMEI}", "IMEI: {IMEI}", "the phone's imei number is {IMEI}", "A:what's the IMEI?|{IMEI}"),
    "VIN": ("my VIN is {VIN}", "vin: {VIN}", "vehicle identification number {VIN}", "{VIN}", "chassis number {VIN}"),
    "SECRET": (
        "my password is {PASSWORD}", "password: {PASSWORD}", "contraseña: {PASSWORD}", "mot de passe : {PASSWORD}",
        "Passwort: {PASSWORD}", "the api key is {APIKEY}", "{APIKEY}", "Authorization: Bearer {BEARER}", "senha: {PASSWORD}",
        "username bob password {PASSWORD2}", "pass: {PASSWORD}", "wachtwoord: {PASSWORD}", "API_KEY={APIKEY}",
        "use login anna / pw: {PASSWORD}",
    ),
}
