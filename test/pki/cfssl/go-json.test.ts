import { describe, expect, it } from 'vitest';
import {
  asArray,
  asBool,
  asInt,
  asObject,
  asString,
  field,
  parseGoJson,
} from '../../../src/pki/cfssl/go-json.ts';

describe('JSON as Go reads it', () => {
  it('reads what JSON.parse reads', () => {
    for (const value of [
      null,
      true,
      false,
      0,
      -1.5e3,
      '',
      'a"\\/\b\f\n\r\té',
      [],
      [1, [2]],
      {},
      { a: { b: [] } },
    ])
      expect(parseGoJson(JSON.stringify(value, undefined, 2))).toEqual(value);
  });
  it.each([
    ['', 'unexpected end of JSON input'],
    ['{', 'unexpected end of JSON input'],
    ['{"a": 1', 'unexpected end of JSON input'],
    ['"abc', 'unexpected end of JSON input'],
    [
      '{\n  "a": 1,\n}',
      "invalid character '}' looking for beginning of object key string (line 3, column 1)",
    ],
    ['{"a" 1}', "invalid character '1' after object key (line 1, column 6)"],
    ['{"a": 1 "b": 2}', `invalid character '"' after object key:value pair (line 1, column 9)`],
    ['[1 2]', "invalid character '2' after array element (line 1, column 4)"],
    ['{"a": }', "invalid character '}' looking for beginning of value (line 1, column 7)"],
    ["{'a': 1}", "invalid character '\\'' looking for beginning of object key string (line 1, column 2)"],
    ['{"a": tru}', "invalid character '}' in literal true (expecting 'e') (line 1, column 10)"],
    ['{"a": -x}', "invalid character 'x' in numeric literal (line 1, column 8)"],
    ['"a\\x"', "invalid character 'x' in string escape code (line 1, column 4)"],
    ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape (line 1, column 6)"],
    ['"a\nb"', "invalid character '\\n' in string literal (line 1, column 3)"],
    ['{} {}', "invalid character '{' after top-level value (line 1, column 4)"],
    ['01', "invalid character '1' after top-level value (line 1, column 2)"],
    ['// comment', "invalid character '/' looking for beginning of value (line 1, column 1)"],
  ])('%j', (text, message) => expect(() => parseGoJson(text)).toThrow(message));
});

describe('fields', () => {
  it('are found in any case, an exact name first; null is as absent', () => {
    expect(field({ cn: 'a' }, 'CN')).toBe('a');
    expect(field({ cn: 'a', CN: 'b' }, 'CN')).toBe('b');
    expect(field({ CN: null }, 'CN')).toBeUndefined();
    expect(field({}, 'CN')).toBeUndefined();
  });
  it('have their types, and empty values when they are absent', () => {
    expect([asString(undefined, 'x'), asInt(undefined, 'x'), asBool(undefined, 'x')]).toEqual(['', 0, false]);
    expect([asObject(undefined, 'x', 't'), asArray(undefined, 'x', 't')]).toEqual([{}, []]);
    expect(() => asString(1, 'T.f')).toThrow(
      'json: cannot unmarshal number into Go struct field T.f of type string',
    );
    expect(() => asInt(1.5, 'T.f')).toThrow(
      'json: cannot unmarshal number into Go struct field T.f of type int',
    );
    expect(() => asBool('true', 'T.f')).toThrow(
      'json: cannot unmarshal string into Go struct field T.f of type bool',
    );
    expect(() => asObject([], '', 'csr.X')).toThrow(
      'json: cannot unmarshal array into Go value of type csr.X',
    );
    expect(() => asArray({}, 'T.f', '[]string')).toThrow(
      'json: cannot unmarshal object into Go struct field T.f of type []string',
    );
  });
});
