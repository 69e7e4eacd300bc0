/** The most common passwords of at least 8 characters in published leaks that follow no rule below, in lower case. */
const leaked: ReadonlySet<string> = new Set(
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

/** Words of this very platform, which somebody who guesses here tries first. */
const contextWords = 'rookery rookerychat chat chatserver messenger moderator'.split(' ')

/** Words that leaks are full of, and what people put behind them to satisfy a rule. */
const words =
  `password passw0rd pass p@ssword passwort admin administrator root user guest test login welcome letmein
  qwerty qwertz azerty asdf asdfgh zxcvbn abc abcd abcdef secret master monkey dragon shadow sunshine princess
  football baseball basketball soccer hockey superman batman spiderman pokemon starwars iloveyou love lovely
  michael jordan jessica ashley daniel andrew thomas robert charlie jennifer michelle nicole amanda matthew
  joshua anthony george william hunter harley ranger buster tigger ginger pepper cookie summer winter spring
  autumn monday friday january december london berlin paris america internet computer samsung google facebook
  linkedin killer freedom whatever trustno access hello flower mustang maggie merlin silver golden orange
  banana chocolate butterfly liverpool arsenal chelsea barcelona rangers celtic changeme default qazwsx`.split(
    /\s+/,
  )
const endings =
  `1 2 3 7 9 0 11 12 13 21 22 23 69 77 88 99 00 01 007 100 101 111 123 222 321 333 456 666 777 789 999
  1234 4321 12345 54321 123456 123123 ! !! !1 1! 123! 1234! @1 @123 @1234 #1 _1 .`.split(/\s+/)
const years = Array.from({ length: 81 }, (_, n) => String(1960 + n))
const SHORTEST = 8

/** Some 10,000, in lower case. */
export const commonPasswords: ReadonlySet<string> = new Set([
  ...leaked,
  ...[...words, ...contextWords]
    .flatMap((word) => [word, word + word, ...[...endings, ...years].map((end) => word + end)])
    .filter((one) => one.length >= SHORTEST),
])

const rows = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  '1qaz2wsx3edc4rfv5tgb6yhn',
]

const rowsBackwards = rows.map((row) => row.split('').toReversed().join(''))

/** `abababab`, `zzzzzzzzzz`: longer ones, and other characters, are nobody's habit. */
function isRepetition(lowerCase: string): boolean {
  return lowerCase.length <= 12 && /^([!-~]{1,4})\1+$/.test(lowerCase)
}

/** Whether one of the most common ones, a run along the alphabet or the keyboard, or something short said over and over. */
export function isCommonPassword(lowerCase: string): boolean {
  if (commonPasswords.has(lowerCase) || isRepetition(lowerCase)) return true
  return [...rows, ...rowsBackwards].some((row) => row.includes(lowerCase))
}
