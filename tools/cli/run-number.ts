import { SETTLE_RUN } from '../../lambdas/settlement/domain/run.ts';
import { option, wholeNumber } from './options.ts';

/** Which run of a month is meant. */
export const RUN_NUMBER = option(
  '--run <number>',
  'the run: 1 is the settle run, retries follow',
  wholeNumber(SETTLE_RUN, 9999),
  String(SETTLE_RUN),
);
