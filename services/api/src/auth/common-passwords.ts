/** The most common passwords of at least 8 characters in published leaks, in lower case. */
export const commonPasswords: ReadonlySet<string> = new Set(
  `12345678 123456789 1234567890 12345678910 123123123 11111111 111111111 1111111111 00000000 000000000
  0000000000 22222222 55555555 66666666 77777777 88888888 99999999 87654321 987654321 0987654321
  9876543210 12341234 11223344 112233445566 12344321 1234567a a1234567 a12345678 a123456789 1234abcd
  abcd1234 abc12345 abc123456 aa123456 aa12345678 123456aa 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx
  1qaz2wsx3edc 1qazxsw2 q1w2e3r4 q1w2e3r4t5 qazwsxedc zaq12wsx zaq1zaq1 qwer1234 qwert123 qwerty12
  qwerty123 qwerty1234 qwertyui qwertyuiop qwertyuiop123 123qweasd 123qweasdzxc 1234qwer asdfasdf
  asdf1234 asdfghjk asdfghjkl zxcvbnm1 zxcvbnm123 password password1 password12 password123
  password1234 password! p@ssword p@ssw0rd passw0rd pa55word pass1234 pass12345 passwort passwort1
  letmein1 letmein123 welcome1 welcome123 changeme changeme1 changeme123 iloveyou iloveyou1 iloveyou2
  iloveyou123 sunshine sunshine1 princess princess1 football football1 baseball baseball1 basketball
  superman superman1 batman123 spiderman pokemon1 pokemon123 starwars starwars1 trustno1 whatever
  michelle jennifer jessica1 michael1 charlie1 jordan23 computer internet samsung1 samsung123
  liverpool chelsea1 arsenal1 barcelona realmadrid mercedes corvette babygirl babygirl1 butterfly
  chocolate dragon123 master123 monkey123 shadow123 admin123 admin1234 administrator root1234 test1234
  testtest guest123 login123 default1 secret123 blink182 gfhjkmgfhjkm 1234567890a 1234567890q
  159753456 147258369 123654789 789456123 741852963 102030405060 31415926 14789632 147852369
  aaaaaaaa qqqqqqqq zzzzzzzz xxxxxxxx abcdefgh abcdefg1 abcdefghi alexander veronica`.split(/\s+/),
)
