import { foldChannelName } from '@rookery/protocol'
import unhomoglyph from 'unhomoglyph'
import { publicChannelId } from './channel-ids.ts'

/**
 * The skeleton of UTS #39: texts that look the same to a person have the same skeleton. It is not
 * for display.
 */
function skeletonOf(text: string): string {
  const visible = text
    .normalize('NFD')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    // A dot above a letter that already has one does not show.
    .replace(/(?<=\p{Soft_Dotted}\p{M}*)\u0307/gu, '')
  return unhomoglyph(visible).normalize('NFD')
}

/**
 * The key by which a public channel's name is unique. Names that differ only in case, in blanks or
 * in letters that look alike have one key. Examples: `Lobby`, `LOBBY`, `l0bby` with a zero, and
 * `lоbby` with a Cyrillic `о`.
 */
export function publicNameKey(name: string): string {
  // Some signs look like a capital letter, such as the zero.
  return oneBlank(foldChannelName(skeletonOf(foldChannelName(name))))
}

/**
 * The key that a record must carry to rename this channel, or null: a public name may change only
 * in spelling.
 */
export function nameKeyFor(channelId: string, name: string): string | null {
  const keys = [publicNameKey(name), foldChannelName(name)]
  return keys.find((key) => publicChannelId(key) === channelId) ?? null
}

/**
 * The possible ids of a public channel of this name, the likeliest first. Channels that were
 * created before names were compared by their looks have the id of their folded name.
 */
export function publicChannelIds(name: string): string[] {
  const ids = [foldChannelName(name), publicNameKey(name)].map(publicChannelId)
  return [...new Set(ids)]
}

// ── the index of public channels: (key, channel) entries that are read by a prefix of the key ──

const byName = 'n:'
const byWord = 'w:'
const byLook = 'l:'

/** The prefix of the list of all public channels, in which each has one key, by its name. */
export const everyPublicName: string = byName

/** The key of a channel of this name in that list. */
export function listKey(name: string): string {
  return byName + searchFold(name)
}

/** The prefix of the keys of names that have a word with this beginning. */
export function wordPrefix(beginning: string): string {
  return byWord + beginning
}

/**
 * The keys of the names that look like this one. The second key also takes a capital `I` for an
 * `l`, a likeness that case folding alone would hide.
 */
export function lookKeys(name: string): string[] {
  const skeleton = skeletonOf(foldChannelName(skeletonOf(name.normalize('NFKC'))))
  return [...new Set([publicNameKey(name), oneBlank(skeleton)])].map((key) => byLook + key)
}

/** Every index key of a public channel of this name. */
export function indexKeys(name: string): string[] {
  const words = wordBeginnings(searchFold(name)).map((rest) => byWord + rest)
  return [...new Set([listKey(name), ...words, ...lookKeys(name)])]
}

/** The folded words of a search. The longest comes first, because it finds the fewest names. */
export function searchWords(query: string): string[] {
  const words = searchFold(query).split(' ').map(undecorated)
  return words.filter((each) => each !== '').sort((a, b) => b.length - a.length)
}

/** True if each of these words begins some word of the name. */
export function hasWords(name: string, words: readonly string[]): boolean {
  const beginnings = wordBeginnings(searchFold(name))
  return words.every((each) => beginnings.some((rest) => rest.startsWith(each)))
}

/**
 * Removes the signs that people put around a name: `#"My Room"`, `(room)`, `room, …`. A word of
 * signs only is kept.
 */
function undecorated(word: string): string {
  return /^[@#"'“„«([]*(.*?)["'”»)\],;:!?]*$/u.exec(word)?.[1] || word.replace(/^[@#]/u, '')
}

/**
 * Letters with a stroke, which many keyboards lack, and signs that phones put in place of plain
 * ones. Each is searched for as the plain letter or sign.
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

/**
 * Folds a text for searching: case, width, marks, strokes, invisible characters and runs of blanks
 * do not count.
 */
function searchFold(text: string): string {
  const plain = foldChannelName(text)
    .normalize('NFKD')
    .replace(/[\p{Mn}\p{Default_Ignorable_Code_Point}]/gu, '')
    .replace(typedOtherwise, (sign) => typedAs[sign] ?? sign)
  return oneBlank(plain.normalize('NFKC'))
}

const inWord = /[\p{L}\p{N}]/u
/**
 * Scripts that put no blanks between words, and pictures. Each of their characters may begin a
 * word.
 */
const withoutBlanks =
  /[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

/** The rest of a folded text from the beginning of each of its words. */
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
