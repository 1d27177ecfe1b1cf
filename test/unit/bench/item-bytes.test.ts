import { describe, expect, it } from 'vitest';
import { itemBytes, sizesOf } from '../../../tools/bench/item-bytes.ts';

describe('the size of an item', () => {
  it.each([
    ['a text, by its UTF-8 bytes', { name: { S: '김도연' } }, 4 + 9],
    ['a number, by its digits in pairs and a byte', { n: { N: '12345' } }, 1 + 3 + 1],
    ['a number without its zeros at either end', { n: { N: '0.001200' } }, 1 + 1 + 1],
    ['a negative number, with a byte more', { n: { N: '-12' } }, 1 + 1 + 1 + 1],
    ['zero', { n: { N: '0' } }, 1 + 1],
    ['bytes', { hash: { B: new Uint8Array(32) } }, 4 + 32],
    ['true and null', { yes: { BOOL: true }, no: { NULL: true } }, 3 + 1 + 2 + 1],
    ['a list, with 3 bytes and 1 for each element', { l: { L: [{ S: 'ab' }, { NULL: true }] } }, 1 + 3 + 2 + 2 + 1],
    ['a map, likewise, and its names', { m: { M: { ab: { S: 'cd' } } } }, 1 + 3 + 1 + 2 + 2],
    ['a set of texts', { s: { SS: ['a', 'bc'] } }, 1 + 1 + 2],
  ] as const)('counts %s', (_, item, bytes) => {
    expect(itemBytes(item as never)).toBe(bytes);
  });
});

describe('the sizes of items', () => {
  const ofBytes = (bytes: number) => ({ a: { S: 'x'.repeat(bytes - 1) } });

  it('are told by their share of one write unit, 1,024 bytes included', () => {
    const sizes = sizesOf([ofBytes(1024), ofBytes(1025), ofBytes(100), ofBytes(200)]);
    expect(sizes).toEqual({ p50: 200, p95: 1025, max: 1025, withinUnit: 0.75 });
  });

  it('are none of no items', () => {
    expect(() => sizesOf([])).toThrow('no items');
  });
});
