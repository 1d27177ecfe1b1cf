import { describe, expect, it } from 'vitest';
import { eventsPutEvents, lambdaInvoke, type EventEntry } from '../../../tools/local/states/integrations.ts';
import { returned } from './states-support.ts';

const context = {
  signal: new AbortController().signal,
  executionArn: 'execution',
  stateMachineArn: 'machine',
  stateName: 'Publish',
  taskToken: undefined,
  timeoutSeconds: undefined,
};

describe('events:putEvents', () => {
  const Entries = [{ Source: 'tr1l.settlement', DetailType: 'RunApproved', Detail: { month: '2026-01' } }];

  it('writes an object detail as JSON text and adds where the event comes from', async () => {
    const put: EventEntry[] = [];
    const integration = eventsPutEvents((entries) => {
      put.push(...entries);
      return Promise.resolve({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] });
    });
    expect(await integration({ Entries }, context)).toMatchObject({ FailedEntryCount: 0 });
    expect(put).toMatchObject([{ Detail: '{"month":"2026-01"}', Resources: ['execution', 'machine'] }]);
  });

  it('fails the state with EventBridge.FailedEntry when an entry fails', async () => {
    const failed = { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] };
    const integration = eventsPutEvents(() => Promise.resolve(failed));
    await expect(integration({ Entries }, context)).rejects.toMatchObject({ error: 'EventBridge.FailedEntry' });
  });

  it('refuses arguments and entry fields it does not know', async () => {
    const integration = eventsPutEvents(() => Promise.reject(new Error('must not be called')));
    await expect(integration({ Entries, EndpointId: 'x' }, context)).rejects.toThrow('EndpointId');
    await expect(integration({ Entries: [{ TraceHeader: 'x' }] }, context)).rejects.toThrow('TraceHeader');
    await expect(integration('none', context)).rejects.toThrow('must be an object');
  });
});

describe('lambda:invoke', () => {
  it('invokes with {} where there is no Payload, and gives null where nothing is returned', async () => {
    const integration = lambdaInvoke((_, payload) => {
      expect(payload).toEqual({});
      return Promise.resolve(returned(undefined));
    });
    expect(await integration({ FunctionName: 'f' }, context)).toMatchObject({ Payload: null, StatusCode: 200 });
  });
});
