import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { IMPORT_FAULTS } from '../../lambdas/contracts/import-faults.ts';
import { RUN_FAULTS } from '../../lambdas/contracts/run-faults.ts';
import { readTemplate } from '../../tools/local/template.ts';
import { synthesize } from '../support/synth.ts';

interface Retrier {
  readonly ErrorEquals: string[];
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: string;
  readonly MaxAttempts?: number;
}
interface State {
  readonly Type: string;
  readonly Retry?: Retrier[];
  readonly MaxConcurrency?: number;
  readonly ToleratedFailurePercentage?: number;
  readonly ToleratedFailureCount?: number;
  readonly Output?: unknown;
  readonly ItemProcessor?: { readonly ProcessorConfig: object; readonly States: Record<string, State> };
}
interface Definition {
  readonly QueryLanguage: string;
  readonly States: Record<string, State>;
}

/** What our functions throw by name: a person must look, or the machine goes on another way. */
const OUR_FAULTS = [...Object.values(RUN_FAULTS), ...Object.values(IMPORT_FAULTS)];

const validate = createRequire(import.meta.url)('asl-validator') as (definition: unknown) => {
  isValid: boolean;
  errors: unknown[];
};

const { folder, stackName } = synthesize('dev');
const machines = readTemplate(folder, stackName)
  .resources.filter(({ type }) => type === 'AWS::StepFunctions::StateMachine')
  .map(({ name, properties }) => [name, JSON.parse(String(properties['DefinitionString'])) as Definition] as const);

const allStates = ({ States: states }: { readonly States: Record<string, State> }): [string, State][] =>
  Object.entries(states).flatMap(([name, state]) => [
    [name, state] as [string, State],
    ...(state.ItemProcessor ? allStates(state.ItemProcessor) : []),
  ]);

describe.each(machines)('%s', (_, definition) => {
  it('is valid, and JSONata throughout', () => {
    const { isValid, errors } = validate(definition);
    expect(errors).toEqual([]);
    expect(isValid).toBe(true);
    expect(definition.QueryLanguage).toBe('JSONata');
  });

  it('retries what passes by itself, throttling too, with a bound and full jitter', () => {
    const tasks = allStates(definition).filter(([, { Type: type }]) => type === 'Task');
    expect(tasks.length).toBeGreaterThan(3);
    for (const [name, { Retry: retriers = [] }] of tasks) {
      const retried = retriers.filter(({ MaxAttempts: attempts }) => attempts !== 0);
      expect(retried.length, name).toBeGreaterThan(0);
      for (const retrier of retried)
        expect(retrier, name).toMatchObject({ JitterStrategy: 'FULL', MaxDelaySeconds: expect.any(Number) as number });
      if (name === 'PublishRunApproved') continue;
      expect(retriers[0]?.ErrorEquals).toContain('Lambda.TooManyRequestsException');
      expect(retriers[1]).toMatchObject({ MaxAttempts: 0 });
      expect(retriers[1]?.ErrorEquals).toEqual(expect.arrayContaining(OUR_FAULTS));
    }
  });

  it('maps over shards and parts by distributed maps that tolerate no failure and answer with those only', () => {
    const maps = allStates(definition).filter(([, { Type: type }]) => type === 'Map');
    expect(maps.length).toBeGreaterThan(1);
    for (const [name, map] of maps) {
      expect(map.ItemProcessor?.ProcessorConfig, name).toEqual({ Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' });
      // Left out means 0.
      expect(map.ToleratedFailurePercentage ?? 0, name).toBe(0);
      expect(map.ToleratedFailureCount ?? 0, name).toBe(0);
      expect(map.MaxConcurrency, name).toBeGreaterThan(0);
      const [child] = Object.values(map.ItemProcessor?.States ?? {});
      expect(child?.Output, name).toMatch(/^\{% \$states\.input\.(shard|part) %\}$/);
    }
  });
});

it('there are three machines', () => {
  const names = ['tr1l-dev-dispatch-run', 'tr1l-dev-import-month', 'tr1l-dev-settlement-run'];
  expect(machines.map(([name]) => name).sort()).toEqual(names);
});
