/** What a customer chose about notices: the import checks it, the accounts table holds it, dispatch goes by it (dispatch rules §1). */
import { z } from 'zod';

export type Channel = 'email' | 'sms';
export const CHANNELS: readonly Channel[] = ['email', 'sms'];

const time = z.string({ error: 'must be a time HH:MM' }).regex(/^([01]\d|2[0-3]):[0-5]\d$/);

/** Every part may be missing or null, which leaves it to the policy. */
export const preferencesSchema = z.object(
  {
    day: z.int({ error: 'must be a day from 1 to 31' }).min(1).max(31).nullish(),
    quietHours: z.object({ from: time, to: time }, { error: 'must be { "from", "to" } with times HH:MM' }).nullish(),
    channels: z
      .array(z.enum(CHANNELS, { error: 'must be "email" or "sms"' }), { error: 'must be a list' })
      .readonly()
      .nullish(),
  },
  { error: 'must be an object' },
);

export type Preferences = Readonly<z.output<typeof preferencesSchema>>;
