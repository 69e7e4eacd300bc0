import { describe, expect, it } from '@jest/globals'
import { faultOf, pretty } from './formats.ts'

describe('the check of JSON', () => {
  it.each([
    ['{"a": x}', 'line 1, column 7'],
    ['{"a": 1,\n "b" 2}', 'line 2, column 6'],
    ['[1, 2', 'line 1, column 6'],
    ['{"a":1,}', 'line 1, column 8'],
    ['// no\n1', 'line 1, column 1'],
    ['hello', 'line 1, column 1'],
  ])('names the place of the fault in %j', (text, place) => {
    expect(faultOf('json', text)).toContain(`${place}: `)
  })

  it.each(['1', '{"a": [true, null]}', '"\u2028"'])('finds no fault in %j', (text) => {
    expect(faultOf('json', text)).toBeNull()
  })
})

describe('pretty-printing of JSON', () => {
  it('keeps all digits of a number, and each of two equal keys', () => {
    expect(pretty('json', '{"id":12345678901234567890,"a":1.0,"a":2}')).toBe(
      '{\n  "id": 12345678901234567890,\n  "a": 1.0,\n  "a": 2\n}',
    )
  })
})

describe('the check of XML', () => {
  it.each([
    ['<a>\n<b>\n</a>', 'line 3'],
    ['<a>1 & 2</a>', 'line 1'],
    ['<a>&nothing;</a>', 'line 1'],
    ['<a x="<"/>', 'line 1'],
    ['<a x="1" x="2"/>', 'line 1'],
    ['<a>\u0001</a>', 'line 1'],
    ['<a/><b/>', 'line 1'],
    ['<a>]]></a>', 'line 1'],
    ['hello', 'line 1'],
    ['<a>', 'line 1'],
  ])('names the line of the fault in %j', (text, line) => {
    expect(faultOf('xml', text)).toMatch(new RegExp(`^${line}, column [1-9]`))
  })

  it.each(['<a/>', '<?xml version="1.0"?><!DOCTYPE a><a>&lt;<!-- c --><![CDATA[<b>]]></a>'])(
    'finds no fault in %j',
    (text) => {
      expect(faultOf('xml', text)).toBeNull()
    },
  )
})

describe('pretty-printing of XML', () => {
  it('gives each element a line of its own', () => {
    expect(pretty('xml', '<a><b x="1>0">1</b> <c/><!-- d --><e></e></a>')).toBe(
      '<a>\n  <b x="1>0">1</b>\n  <c/>\n  <!-- d -->\n  <e></e>\n</a>',
    )
  })

  it.each([
    '<p>hello <b>x</b> y</p>',
    '<a><![CDATA[<b>]]></a>',
    '<a xml:space="preserve"> <b/> </a>',
    '<a>&lt;b&gt;</a>',
  ])('leaves the text of %j as it is', (text) => {
    expect(pretty('xml', text)).toBe(text)
  })

  it('keeps declarations', () => {
    expect(pretty('xml', '<?xml version="1.0"?><!DOCTYPE a [<!ELEMENT a ANY>]><a/>')).toBe(
      '<?xml version="1.0"?>\n<!DOCTYPE a [<!ELEMENT a ANY>]>\n<a/>',
    )
  })

  it('changes nothing more when it is done again', () => {
    const once = pretty('xml', '<a><b><c>1</c></b><d/></a>')
    expect(pretty('xml', once)).toBe(once)
  })
})
