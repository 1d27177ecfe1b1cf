import { describe, expect, it } from 'vitest';
import { clockSettings, scaledClock } from '../../../tools/local/clock.ts';
import { localEventBus, matches, targetInput } from '../../../tools/local/event-bus.ts';

const target = { Arn: 'arn:aws:states:::stateMachine:dispatch', Id: 'one' };
const event = {
  source: 'tr1l.settlement',
  'detail-type': 'RunApproved',
  detail: {
    month: '2026-01',
    tags: ['a', 'b'],
    run: { number: 1 },
    people: [{ action: 'failed' }, { action: 'none' }],
  },
};

describe('an event pattern', () => {
  it.each([
    [{ source: ['tr1l.settlement'] }, true],
    [{ source: ['other', 'tr1l.settlement'], 'detail-type': ['RunApproved'] }, true],
    [{ source: ['other'] }, false],
    [{ detail: { month: ['2026-01'] } }, true],
    [{ detail: { tags: ['b'] } }, true],
    [{ detail: { run: { number: [1] } } }, true],
    [{ detail: { run: { number: ['1'] } } }, false],
    [{ detail: { missing: [null] } }, false],
    [{ detail: { month: { deeper: ['x'] } } }, false],
    [{ detail: { people: { action: ['failed'] } } }, true],
    [{ detail: { people: { action: ['delayed'] } } }, false],
    [{ detail: { tags: [{ exists: true }], other: [{ exists: false }] } }, true],
    [{ detail: { other: [{ exists: true }] } }, false],
  ])('%j: %s', (pattern, expected) => {
    expect(matches(pattern, event)).toBe(expected);
  });
});

describe("a target's input", () => {
  it.each([
    ['the event, if nothing is said', {}, event],
    ['a constant', { Input: '{"a":1}' }, { a: 1 }],
    ['a part of the event', { InputPath: '$.detail.run' }, { number: 1 }],
    [
      'a template with parts of the event, as values and within texts',
      {
        InputTransformer: {
          InputPathsMap: { month: '$.detail.month', run: '$.detail.run', 'detail-tags-1-': '$.detail.tags[1]' },
          InputTemplate: '{"month": <month>, "run": <run>, "name": "run of <month>", "tag": <detail-tags-1->}',
        },
      },
      { month: '2026-01', run: { number: 1 }, name: 'run of 2026-01', tag: 'b' },
    ],
  ])('is %s', (_, fields, expected) => {
    expect(JSON.parse(targetInput({ ...target, ...fields }, event))).toEqual(expected);
  });
});

describe('the bus', () => {
  it('delivers to the rules that match, and refuses a detail that is no object', async () => {
    const started: unknown[] = [];
    const rule = (name: string, source: string, State: string) => ({
      logicalId: name,
      type: 'AWS::Events::Rule',
      name,
      properties: { EventPattern: { source: [source] }, State, Targets: [{ ...target, InputPath: '$.detail' }] },
    });
    const rules = [
      rule('on', 'tr1l.settlement', 'ENABLED'),
      rule('off', 'tr1l.settlement', 'DISABLED'),
      rule('other', 'other', 'ENABLED'),
    ];
    const clock = scaledClock(clockSettings(Date.parse('2026-02-01T03:00:00Z'), 1));
    const bus = localEventBus(rules, clock, (arn, input) => {
      started.push([arn, JSON.parse(input)]);
    });
    const entry = {
      Source: 'tr1l.settlement',
      DetailType: 'RunApproved',
      EventBusName: undefined,
      Resources: [],
      Time: undefined,
    };
    expect(
      await bus.put([
        { ...entry, Detail: '{"month":"2026-01"}' },
        { ...entry, Detail: '[]' },
      ]),
    ).toMatchObject({
      FailedEntryCount: 1,
      Entries: [{ EventId: expect.any(String) as string }, { ErrorCode: 'MalformedDetail' }],
    });
    expect(started).toEqual([[target.Arn, { month: '2026-01' }]]);
    expect(bus.events).toHaveLength(1);
  });
});
