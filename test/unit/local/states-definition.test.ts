import { describe, expect, it } from 'vitest';
import { InvalidDefinition } from '../../../tools/local/states/errors.ts';
import { bench, distributedMap, MACHINE, ROLE, task } from './states-support.ts';

/** Everything that is wrong with a machine of these states. */
function problemsOf(states: Record<string, unknown>, rest: Record<string, unknown> = {}): readonly string[] {
  try {
    bench().define(states, rest);
  } catch (thrown) {
    if (thrown instanceof InvalidDefinition) return thrown.problems;
    throw thrown;
  }
  return [];
}

const pass = (rest: Record<string, unknown>) => ({ Type: 'Pass', End: true, ...rest });

describe('a definition', () => {
  it('is read as text too, and refused when it is not JSON', () => {
    const { machines } = bench();
    const text = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'A', States: { A: { Type: 'Succeed' } } });
    machines.create(MACHINE, text, ROLE);
    expect(() => {
      machines.create(MACHINE, text.slice(1), ROLE);
    }).toThrow('is not JSON');
  });

  it('may say JSONata at each state, as the CDK does', () => {
    const Only = { ...pass({}), QueryLanguage: 'JSONata' };
    expect(problemsOf({ Only }, { QueryLanguage: undefined })).toEqual([]);
    expect(problemsOf({ Only: pass({}) }, { QueryLanguage: undefined })).toEqual([
      'States.Only.QueryLanguage: must be JSONata, here or at the machine (AWS reads it as JSONPath otherwise)',
    ]);
  });

  it('is refused with every problem at once, each with its path', () => {
    const problems = problemsOf(
      {
        First: { ...task({ Next: 'Nowhere', Parameters: {} }), Resource: 'arn:aws:states:::sqs:sendMessage' },
        Second: { Type: 'Activity' },
        Map: distributedMap({ ItemReader: {}, ResultWriter: {} }, { Retry: [{ ErrorEquals: [], MaxAttempts: 1.5 }] }),
      },
      { Comment: 'fine', Tags: [] },
    );
    expect(problems).toEqual([
      'Tags: is not a field this runner knows here',
      expect.stringContaining("States.First.Resource: 'arn:aws:states:::sqs:sendMessage' is not an integration"),
      'States.First.Parameters: belongs to JSONPath; this runner reads JSONata definitions only',
      "States.Second.Type: 'Activity' is not a state type this runner knows",
      'States.Map.ItemProcessor.States.Each.Retry[0].ErrorEquals: must name at least one error',
      expect.stringContaining('States.Map.ItemProcessor.States.Each.Retry[0].MaxAttempts: must be a whole number'),
      'States.Map.ItemReader: is not supported by this runner: give the items as a list',
      'States.Map.ResultWriter: is not supported by this runner: let each item give a small Output',
    ]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      'a target that is missing',
      { A: { Type: 'Pass', Next: 'B' } },
      "States.A: goes to 'B', which is not a state here",
    ],
    ['a state out of reach', { A: pass({}), B: pass({}) }, 'States.B: is never reached'],
    ['neither Next nor End', { A: { Type: 'Pass' } }, 'States.A: needs either Next or End: true'],
    ['a broken expression', { A: pass({ Output: '{% $states. %}' }) }, 'States.A.Output: not JSONata'],
    ['half an expression', { A: pass({ Output: '{% $states' }) }, 'opens or closes {% %} without the other'],
    ['an unknown variable', { A: pass({ Output: { b: '{% $monht %}' } }) }, 'States.A.Output: /b $monht is neither'],
    ['an unknown function', { A: pass({ Output: '{% $eval("1") %}' }) }, '$eval is neither a function'],
    ['the root of nothing', { A: pass({ Output: '{% $$.a %}' }) }, 'reads `$$`'],
    ['the input of nothing', { A: pass({ Output: '{% $.a %}' }) }, 'reads `$` outside of a path or filter'],
    ['a name from nowhere', { A: pass({ Output: '{% month %}' }) }, 'reads `month` from nowhere'],
    ['a result too early', { A: task({ Arguments: '{% $states.result %}' }) }, '$states.result exists only in Output'],
    ['an error too early', { A: task({ Output: '{% $states.errorOutput %}' }) }, '$states.errorOutput exists only in'],
    [
      'a token too early',
      { A: task({ Arguments: '{% $states.context.Task.Token %}' }) },
      '$states.context.Task exists only',
    ],
    [
      'an unknown context',
      { A: pass({ Output: '{% $states.context.Execution.Arn %}' }) },
      'Execution.Arn does not exist',
    ],
    ['an unknown member', { A: pass({ Output: '{% $states.inptu %}' }) }, '$states.inptu does not exist'],
    ['a reserved variable', { A: pass({ Assign: { states: 1 } }) }, "'states' cannot be the name of a variable"],
    [
      'a misspelt error',
      { A: task({ Retry: [{ ErrorEquals: ['States.Timout'] }] }) },
      "'States.Timout' is not an error",
    ],
    [
      'States.ALL before others',
      { A: task({ Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['E'] }] }) },
      'States.ALL must stand alone, in the last entry',
    ],
    [
      'a delay below the interval',
      { A: task({ Retry: [{ ErrorEquals: ['E'], IntervalSeconds: 9, MaxDelaySeconds: 8 }] }) },
      'MaxDelaySeconds: must be greater than IntervalSeconds',
    ],
    [
      'a strange jitter',
      { A: task({ Retry: [{ ErrorEquals: ['E'], JitterStrategy: 'SOME' }] }) },
      'must be FULL or NONE',
    ],
    ['a retry of a choice', { A: { Type: 'Succeed', Retry: [] } }, 'States.A.Retry: is not a field this runner knows'],
    ['heartbeats without a token', { A: task({ HeartbeatSeconds: 5 }) }, 'only a task that waits for its token'],
    [
      'a tolerance over 100 %',
      { A: distributedMap({ ToleratedFailurePercentage: 101 }) },
      'a whole number from 0 to 100',
    ],
    [
      'seconds and an instant',
      { A: { Type: 'Wait', Seconds: 1, Timestamp: 'x', End: true } },
      'either Seconds or Timestamp',
    ],
  ])('is refused for %s', (_, states, problem) => {
    expect(problemsOf(states).join('\n')).toContain(problem);
  });

  it('refuses express children and a tolerance of inline maps', () => {
    const map = distributedMap({ ToleratedFailureCount: 1 });
    const withConfig = (ProcessorConfig: unknown) => ({
      Map: { ...map, ItemProcessor: { ...map.ItemProcessor, ProcessorConfig } },
    });
    expect(problemsOf(withConfig({ Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' }))).toEqual([
      'States.Map.ItemProcessor.ProcessorConfig.ExecutionType: must be STANDARD: this runner has no express executions',
    ]);
    expect(problemsOf(withConfig({ Mode: 'INLINE' }))).toEqual([
      'States.Map.ToleratedFailureCount: belongs to DISTRIBUTED',
    ]);
  });

  it('keeps variables out of a distributed child, and a name set around it out of an inline iteration', () => {
    const inner = (mode: string, rest: Record<string, unknown>) => ({
      First: pass({ Assign: { month: 1 }, End: undefined, Next: 'Map' }),
      Map: {
        Type: 'Map',
        ItemProcessor: {
          ProcessorConfig: mode === 'INLINE' ? { Mode: mode } : { Mode: mode, ExecutionType: 'STANDARD' },
          StartAt: 'Each',
          States: { Each: pass(rest) },
        },
        End: true,
      },
    });
    const reads = { Output: '{% $month %}' };
    expect(problemsOf(inner('INLINE', reads))).toEqual([]);
    expect(problemsOf(inner('DISTRIBUTED', reads)).join()).toContain('$month is neither');
    expect(problemsOf(inner('INLINE', { Assign: { month: 2 } })).join()).toContain(
      'assigns $month, which is set around it',
    );
  });

  it('takes filters, lambdas, sorts and local variables for what they are', () => {
    const Output = {
      filter: '{% $states.input.due[slot = $states.input.slot and $.month != ""] %}',
      lambda: '{% $map($states.input.due, function($v, $i) { $v.slot + $i }) %}',
      local: '{% ($n := 1; $f := function($x) { $x + $n }; $f(2)) %}',
      sort: '{% $states.input.due^(>slot).month %}',
      build: '{% $states.input.due.{ "slot": slot } %}',
      group: '{% $states.input.due{ month: $sum(slot) } %}',
      chain: '{% $states.input.due ~> $count() %}',
      index: '{% $states.input.due#$i.$i %}',
    };
    expect(problemsOf({ A: pass({ Output }) })).toEqual([]);
  });
});
