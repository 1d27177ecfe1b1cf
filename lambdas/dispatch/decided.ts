/** A request of a batch on its way to a claim: with its notice, and then with the step that was decided for it. */
import type { Invocation } from '../platform/entry.ts';
import type { Notice } from './domain/ledger.ts';
import type { Step } from './domain/next-step.ts';
import type { Request } from './read-messages.ts';

export interface Open {
  readonly request: Request;
  readonly notice: Notice | null;
}

export interface Decided extends Open {
  readonly step: Step;
}

export type Told = Pick<Invocation, 'log' | 'clock' | 'count' | 'remainingMs'>;
