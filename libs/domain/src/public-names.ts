import { foldChannelName } from '@rookery/protocol'
import unhomoglyph from 'unhomoglyph'
import { publicChannelId } from './channel-ids.ts'

/**
 * The skeleton of UTS #39: texts that look the same to a person have the same one.
 * Not for display.
 */
function skeletonOf(text: string): string {
  const visible = text
    .normalize('NFD')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    // A dot on a letter that has one already does not show.
    .replace(/(?<=\p{Soft_Dotted}\p{M}*)\u0307/gu, '')
  return unhomoglyph(visible).normalize('NFD')
}

/**
 * What a public channel's name is unique by: names that differ only in case, in blanks or in
 * letters that look alike are one name. `Lobby`, `LOBBY`, `l0bby` with a zero and `lоbby` with a
 * Cyrillic `о` are examples.
 */
export function publicNameKey(name: string): string {
  // Some signs look like a capital letter, such as the zero.
  return oneBlank(foldChannelName(skeletonOf(foldChannelName(name))))
}

/**
 * What a record must carry to rename this channel, or null: a public name may change only in
 * spelling.
 */
export function nameKeyFor(channelId: string, name: string): string | null {
  const keys = [publicNameKey(name), foldChannelName(name)]
  return keys.find((key) => publicChannelId(key) === channelId) ?? null
}

/**
 * The ids that a public channel of this name can have, likeliest first. Channels that were made
 * before names were compared by their looks are known by their folded name.
 */
export function publicChannelIds(name: string): string[] {
  const ids = [foldChannelName(name), publicNameKey(name)].map(publicChannelId)
  return [...new Set(ids)]
}

// ── the index of public channels: (key, channel) entries that are read by a prefix of the key ──

const listed = 'n:'
const word = 'w:'
const look = 'l:'

/** The prefix that lists every public channel once, by its name. */
export const everyPublicName: string = listed

/** Where a channel of this name stands in the list of all. */
export function listKey(name: string): string {
  return listed + searchFold(name)
}

/** The prefix under which names stand that have a word which begins like this. */
export function wordPrefix(beginning: string): string {
  return word + beginning
}

/**
 * The keys of names that this name looks like. The second one also takes a capital `I` for an `l`,
 * which case folding alone would hide.
 */
export function lookKeys(name: string): string[] {
  const seen = skeletonOf(foldChannelName(skeletonOf(name.normalize('NFKC'))))
  return [...new Set([publicNameKey(name), oneBlank(seen)])].map((key) => look + key)
}

/** Every key that a public channel of this name is entered under. */
export function indexKeys(name: string): string[] {
  const words = wordBeginnings(searchFold(name)).map((rest) => word + rest)
  return [...new Set([listKey(name), ...words, ...lookKeys(name)])]
}

/** The words of a search, folded; the longest, which finds the fewest names, comes first. */
export function searchWords(query: string): string[] {
  const words = searchFold(query).split(' ').map(undecorated)
  return words.filter((each) => each !== '').sort((a, b) => b.length - a.length)
}

/** Whether each of these words begins some word of the name. */
export function hasWords(name: string, words: readonly string[]): boolean {
  const beginnings = wordBeginnings(searchFold(name))
  return words.every((each) => beginnings.some((rest) => rest.startsWith(each)))
}

/**
 * What people put around a name: `#"My Room"`, `(room)`, `room, …`. Signs alone are what is looked
 * for.
 */
function undecorated(word: string): string {
  return /^[@#"'“„«([]*(.*?)["'”»)\],;:!?]*$/u.exec(word)?.[1] || word.replace(/^[@#]/u, '')
}

/**
 * Letters that another keyboard has only without their stroke, and signs that phones write
 * otherwise.
 */
const typedAs: Readonly<Record<string, string>> = {
  ł: 'l',
  ø: 'o',
  đ: 'd',
  ħ: 'h',
  æ: 'ae',
  œ: 'oe',
  '‘': "'",
  '’': "'",
  ʼ: "'",
  '“': '"',
  '”': '"',
  '‐': '-',
  '–': '-',
  '—': '-',
}
const typedOtherwise = new RegExp(`[${Object.keys(typedAs).join('')}]`, 'gu')

/** Case, width, marks, strokes, what cannot be seen and runs of blanks do not count in a search. */
function searchFold(text: string): string {
  const plain = foldChannelName(text)
    .normalize('NFKD')
    .replace(/[\p{Mn}\p{Default_Ignorable_Code_Point}]/gu, '')
    .replace(typedOtherwise, (sign) => typedAs[sign] ?? sign)
  return oneBlank(plain.normalize('NFKC'))
}

const inWord = /[\p{L}\p{N}]/u
/** Scripts that put no blanks between words, and pictures: any of these may begin one. */
const withoutBlanks =
  /[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

/** The rest of a folded text from each of its words on. */
function wordBeginnings(folded: string): string[] {
  const rests: string[] = []
  let before = ' '
  let at = 0
  for (const character of folded) {
    const begins =
      (inWord.test(character) ? !inWord.test(before) : before === ' ') ||
      withoutBlanks.test(character)
    if (begins && character !== ' ') rests.push(folded.slice(at))
    before = character
    at += character.length
  }
  return rests
}

function oneBlank(text: string): string {
  return text.replace(/\s+/gu, ' ').trim()
}
