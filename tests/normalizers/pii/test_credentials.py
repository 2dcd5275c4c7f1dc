"""A secret is found behind its label as a whole, and a word that is no secret is left."""

import pytest

from normalizers.pii.recognizers import find
from normalizers.pii.redactor import Redactor
from normalizers.pii.shadow import fold


def secrets(text: str) -> list[str]:
    shadow = fold(text).text
    return [shadow[finding.start : finding.end] for finding in find(shadow) if finding.type == "SECRET"]


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        # values with marks in them
        ("user ops and password: ", "Pa$word&123(x)", " on the bastion."),
        ("Server=x;Password={", "Sal;ty=Sea9", "};Encrypt=True;\n"[:2]),
        ("Le mot de passe est \u00ab ", "Cormoran!42", " \u00bb, merci."),
        ("Das Kennwort lautet \u201e", "Zilpzalp#9", "\u201c und"),
        ('password = """', "low tide", '"""\nttl = 60'),
        ("db:\n  password: !!str ", "7bones,of rain", "\n  host: x"),
        ("  adminPassword: >-\n    ", "curlew 5 tide", "\n  issuer: pier"),
        ("  clientSecret: ", "nightingale", "\n  ttl: 30"),
        ("signing_key = '", "herringgull", "'\nttl = 60"),
        ("cookieSecret: '", "snow goose", "'\n"),
        ("keystore.pass = ", "ENC(kZ9x/8Qw2LmN4pRt)", ""),
        ("network: Guest, password: ", "mussels and chips", ", until Sunday"),
        ("Jira pw ", "Oyster!Bed10", " and more"),
        ("mot de passe wifi = ", "m\u00e9sange-bleue-77", " ; x"),
        ("password (admin): ", "tern5!x", ""),
        ("heslo je ", "Racek-7-x", ", host"),
        ("My password was wrong, so I set it to ", "Periwinkle99", " last night"),
        ("card ends in 4 and cvv ", "314", ""),
        ("pwd=", "Passw0rd12!", ";Server=db"),
        ("MYSQL_PWD='", "a b&c(d)", "' mysqldump app"),
        ("your one-time password is ", "493027", " and expires"),
        ("password=", "abc{def}9;x", ""),
        ("user=bob&password=", "ab(c9d", "&x=1"),
        ("Password='", "se;cret;her3", "'"),
        ('"password": "', 'p@ss\\"w0rd', '", "a": 1'),
        ("(password: ", "kk88-zz", ")"),
        ("They set DB_PASS=", "k3u8WfJq(06", " for all. The Fire Administration (USFA) agreed."),
        ("Use ", "k3u8WfJq(06", " as the password. Then log in."),
        # codes behind a label and a blank
        ("Use api key ", "9f8e7d6c5b4a39281706f5e4", " please"),
        ("The password ", "Winter2024", " expires."),
        ("/login?password=", "hunterrr", " HTTP/1.1"),
        ("mysql -u root -p", "secret77", ""),
        ('{"password": "', "hunter two", '"}'),
        ("password:\n  value: ", "hunter2!x", "\n"),
        ("define('DB_PASSWORD', '", "qz!7$Lm(2", "');"),
        ("username admin password 7 ", "0822455D0A16", ""),
        ("snmp-server community ", "s3aGl4ss", " RO"),
        ("jdbc:oracle:thin:scott2/", "gr33nTea", "@//ora1/XE"),
        ("psk=", "harbour9lamp", ""),
        ("OPENAI_KEY = '", "notes-pNjdtBcSu0NVHXqWLFfP7", "'"),
        ("the door code ", "88213#", ""),
        # labels within words
        ("DBPASSWORD=", "tiger99lily", ""),
        ("PGPASSWORD=", "horse7Battery", " psql -h db"),
        ("DB_PASS=", "Vq8-klm2x", "\nDB_USER=orders"),
        ('{"clientSecret":"', "Qw8~zzLkk2p", '"}'),
        ("AccountName=foo;AccountKey=", "8fjK3kd93kdKDkd93kd9skK3kdw==", ";EndpointSuffix=core"),
        ("export my_token=", "s3cr3t_value_here", ""),
        ("DB_PASSWORD_PROD: ", "kk99zz", ""),
        ("pw: ", "Kx9!lmm", ""),
        ("accessToken=", "abc123def456", ""),
        ("auth_token => '", "zzkk9922aabb", "'"),
        ("api.key=", "abcd.efgh1.ijkl2", ""),
        ("MYSQL_PWD=", "quietriver", " mysqldump shop"),
        ("REDISCLI_AUTH=", "tulip77field", " redis-cli ping"),
        ("\u015eifre: ", "Karanfil.2020", " Kullan\u0131c\u0131: depo"),
        ("recovery codes: ", "8fk2-99xq, 71md-40zp", "."),
        # letters only, where nothing but a value stands
        ("spring.datasource.password=", "wintermorning", "\n"),
        ("the wifi password: ", "correcthorse", ""),
        ("<password>", "Tiger", "</password>"),
        ("passphrase: '", "correct horse battery staple", "'"),
        ("password: '", "blue Tiger 42 runs", "'; host: db"),
        # layouts
        ('<add key="DbPassword" value="', "Zz9kk2", '"/>'),
        ("- name: DB_PASSWORD\n  value: ", "kk88-zz", "\n"),
        ("| Password | ", "Vq8-klm2x", " |"),
        ("**Password:** `", "Xy7-abc9", "`"),
        ("password for the server is ", "Blue4horse", "."),
        ("the password has been set to ", "Wq8kkL2m", ". Please change it."),
        ("PIN: ", "4711", " and"),
        ("your OTP is ", "482913", "."),
        # languages
        ("Das Passwort lautet ", "Sonnenblume", "."),
        ("Mot de passe : ", "Chat&Noir9", ""),
        ("Mot de passe provisoire : ", "Crevette!82", ""),
        ("Contraseña: ", "perro$Azul1", "; usuario: ana"),
        ("Senha: ", "gato@2020", ""),
        ("Wachtwoord is ", "Fiets99", "."),
        ("Hasło: ", "kotek123", ""),
        ("Пароль: ", "Зима2024!", ""),
        ("パスワード: ", "neko4711x", ""),
        ("密码：", "abc12345", ""),
        # options of commands
        ("mysql --user root --password ", "S3cret!99x", " -h db"),
        ("az login --client-secret ", "Ab8~kkZ12q", ""),
        ("redis-cli -a ", "Zq8!kk21", ""),
        ("sshpass -p '", "Hop3!ful", "' ssh ops@db1"),
        ("curl -u admin:", "Gh7(kk", " https://kontor.test"),
        # headers
        ("Cookie: ", "SESSIONID=abc; theme=dark", "\nHost: db"),
        ("Set-Cookie: ", "sid=31d4d96e407aad42; Path=/", ""),
        ("X-Api-Key: ", "8327-aaZZ-kk22", ""),
        ("Authorization: Token ", "9944b09199c62bcf9418ad846dd0e4bb", ""),
    ],
)
def test_a_secret_is_found_behind_its_label(before: str, value: str, after: str) -> None:
    assert value in secrets(before + value + after)


@pytest.mark.parametrize(
    "text",
    [
        "password = get_password(); token = self.tokens.next(3); secret = os.environ['X']",
        "connect(user=user, password=password, token=token)",
        "if password == stored_password: return token is None",
        "The password is required. The token is invalid. A token is 32 bytes long; the secret is that it works.",
        '{"password": "Passwort", "token": "Token", "forgot_password": "Forgot your password?"}',
        '{"error": {"password": "must be at least 8 characters"}}',
        "password=${DB_PASSWORD} token: ${{ secrets.GITHUB_TOKEN }} secret: <your-secret> pass=$PASS",
        "secret: yes, I know. Client secret: string; client_secret: your-secret",
        "password policy: strict\npassword: see the note below the form",
        "My password was lost, so they set it to expire. I changed it to my liking.",
        'pattern = "{password}"; password={name}; f"{token}"',
        "max_tokens=4096 tokens: 512 eos_token: 50256 pass: 1532 compass=north9 bypass: true2",
        "primary key: id, foreign_key=user_id, key: value, sort_key=created_at_desc",
        "use --password to set it, --token TOKEN, --key ~/.ssh/id_rsa, --password-file x",
        "private key: /etc/ssl/private/server.pem, secret: vault:kv/data/x, key: certs/a.key",
        "token SHA256withRSA2048, password base64encoded123, api key abcdefghijklmnop, token 12ab",
        "token ring networks, secret santa, the key is under the mat, a pass to 3rd",
        "public class Account { String password; String token = null; }",
        "password: Optional[str] = None, token: str | None",
        "He was released on parole in 2019. Parole: 12 months. La clave del éxito es la constancia.",
        "PIN 8 is the clock; pin 13 drives the LED. Set password: 8-16 characters with 1 digit",
        "The API key is stored in the header X-Api-Key. See key 4 in figure 2.",
        "auth: OAuth2 token endpoint; session_id: UUID; credentials: include",
    ],
)
def test_a_word_behind_a_label_is_left(text: str) -> None:
    assert secrets(text) == []


def test_what_stands_beside_a_secret_stays() -> None:
    text = "mysql --user root --password S3cret!99x -h db; redis-cli -a Zq8!kk21; sshpass -p 'Hop3!ful' ssh ops@db1"
    redacted, _ = Redactor("mask", [find]).redact(text)
    assert (
        redacted
        == "mysql --user root --password [SECRET] -h db; redis-cli -a [SECRET]; sshpass -p '[SECRET]' ssh ops@db1"
    )


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ('psk="', "harbour lamp in fog", '"\n'),
        ("db_pass = '", "seven grey herons", "'\n"),
        ("[smtp]\nhost = mx\nsmtp_pass = ", "tea under oak 4", "\nport = 587"),
        ("user = ann\npassword = ", "low tide at dawn", ""),
    ],
)
def test_a_phrase_is_found_where_a_line_is_a_key_and_its_value(before: str, value: str, after: str) -> None:
    assert secrets(before + value + after) == [value]


@pytest.mark.parametrize(
    "text",
    [
        'password = "Please enter your password"\n',
        "a = 1\npassword = must be at least eight long\nb = 2",
        "the password = hash of the user",
        'first pass = "over the data"; psk = "required string"',
    ],
)
def test_advice_in_such_a_line_is_left(text: str) -> None:
    assert secrets(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ida: whats the door code again\nole: 7719#\nida: ok", "7719#"),
        ("<ida> anyone know the wifi password?\n<ole> harbour9lamp\n<ida> ty", "harbour9lamp"),
    ],
)
def test_what_is_asked_for_in_a_chat_is_found_in_the_answer(text: str, value: str) -> None:
    assert secrets(text) == [value]


def test_other_answers_in_a_chat_are_left() -> None:
    assert secrets("ida: did you change the password?\nole: yesterday\nida: and the token limit?\nole: 4096") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"Data Source=ora2;User ID=svcapp;Password=svcapppass;Pooling=true"', "svcapppass"),
        ("la contrase\u00f1a del wifi de la oficina es cereza2031 y ya", "cereza2031"),
        ("has\u0142o do panelu: SzaraSowa31", "SzaraSowa31"),
        ("CREATE USER rep IDENTIFIED BY 'Wz#31-kettle';", "Wz#31-kettle"),
        ("das Passwort daf\u00fcr ist regenwurm_77", "regenwurm_77"),
        ("La cl\u00e9 du wifi : framboise-2291 (ne pas diffuser)", "framboise-2291"),
        ("SECRET_KEY_BASE: 0f8be2a41c9d7735e2", "0f8be2a41c9d7735e2"),
        ('  SMTP_PASSWORD: "seven staple horse"', "seven staple horse"),
        ("GET /cb?code=Zk39dLq02mXv81Bt7RwY&scope=email HTTP/1.1", "Zk39dLq02mXv81Bt7RwY"),
        ('{"auths":{"r.example":{"auth":"b3BzOnRSMm45c0xwUTg3eg=="}}}', "b3BzOnRSMm45c0xwUTg3eg=="),
        (
            'Authorization: Digest username="x", uri="/", response="6629fae49393a05397450978507c4ef1"',
            "6629fae49393a05397450978507c4ef1",
        ),
    ],
)
def test_a_secret_is_found_in_connections_queries_and_headers(text: str, value: str) -> None:
    assert secrets(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "https://shop.example/?code=spring-sale-for-all-members&code=SPRING20",
        '"auth": "oauth2", "auth": "required"',
        'a problem identified by "jamesh44", Token.String: "#AB0909"',
        'export DB_PASSWORD="${DB_PASSWORD:?not set}"',
    ],
)
def test_a_discounts_code_and_what_a_shell_says_are_left(text: str) -> None:
    assert secrets(text) == []


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("openssl enc -aes-256-cbc -k ", "razorbill", " -in f"),
        ("openssl rsa -passin pass:", "razorbill", " -in f"),
        ("htpasswd -b users kim ", "skua12", ""),
        ("net use Z: \\\\nas\\share /user:ops ", "Puffin!3", ""),
        ("smbclient //nas/x -U kim%", "Pintail8", ""),
        ("sqlcmd -S db -U sa -P ", "Shovel-er1", ""),
        ("rabbitmqctl add_user kim ", "godwit", ""),
        ("echo 'kim:", "god wit"[:3] + "4x", "' | chpasswd"),
        ("machine git.example login kim password ", "Scoter9x", ""),
        ("requirepass ", "walrus4tusk", ""),
        ("curl -b '", "sid=8f3kQz71LmPw", "' https://git.example"),
        ("see sig=", "8f3kQz71LmPwXv92aB", " here"),
    ],
)
def test_a_secret_is_found_where_a_command_takes_it(before: str, value: str, after: str) -> None:
    assert value in secrets(before + value + after)
