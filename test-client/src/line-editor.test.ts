import { beforeEach, describe, expect, it } from '@jest/globals'
import { LineEditor } from './line-editor.ts'

const family = '👩‍👩‍👧'
const flag = '🇩🇪'

describe('LineEditor', () => {
  let editor: LineEditor

  beforeEach(() => {
    editor = new LineEditor()
  })

  const press = (...names: string[]) => {
    for (const name of names) {
      const [key, modifier] = name.split('+').toReversed()
      editor.press({ name: key, ctrl: modifier === 'ctrl', meta: modifier === 'meta' })
    }
  }

  it.each([family, flag, 'e\u0301', '한'.normalize('NFD'), '1\ufe0f\u20e3'])(
    'moves over %s and erases it as one character',
    (character) => {
      editor.insert(`a${character}b`)
      press('left', 'left')
      expect(editor.cursor).toBe(1)
      press('right', 'backspace')
      expect(editor.text).toBe('ab')
      editor.set(`a${character}b`, 1)
      press('delete')
      expect(editor.text).toBe('ab')
    },
  )

  it.each([
    [['home', 'delete'], 'wo three', 0],
    [['ctrl+w'], 'two ', 4],
    [['ctrl+left', 'ctrl+k'], 'two ', 4],
    [['meta+b', 'ctrl+u', 'ctrl+e', 'ctrl+y'], 'threetwo ', 9],
    [['home', 'ctrl+right', 'meta+d'], 'two', 3],
    [['up', 'down', 'left'], 'two three', 8],
  ])('%j makes of "two three" %j', (keys, text, cursor) => {
    editor.insert('two three')
    press(...keys)
    expect(editor).toMatchObject({ text, cursor })
  })

  it('reports keys that it does not know', () => {
    expect(editor.press({ name: 'f1' })).toBe(false)
    expect(editor.press({ name: 'x', ctrl: true })).toBe(false)
    expect(editor.press({ name: 'left' })).toBe(true)
  })

  it('steps back through entered lines and returns to the unfinished one', () => {
    for (const line of ['one', 'two', 'one']) editor.remember(line)
    editor.insert('begun')
    press('up')
    expect(editor.text).toBe('one')
    press('up', 'up')
    expect(editor.text).toBe('two')
    press('down', 'down', 'down')
    expect(editor.text).toBe('begun')
  })
})
