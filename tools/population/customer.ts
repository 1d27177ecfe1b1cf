/** Who an account belongs to, and how that customer wants to be told. Made up, and not reachable by anybody. */
import type { Chance } from './chance.ts';
import type { AccountRecord, DispatchRecord } from './records.ts';

const SURNAMES = ['김', '이', '박', '최', '정', '강', '조', '윤', '장', '임', '한', '오', '서', '신', '홍'] as const;
const GIVEN = ['도', '서', '하', '지', '민', '예', '시', '나', '현', '태', '은', '유', '다', '가', '수'] as const;
const SECOND = ['연', '준', '윤', '우', '은', '아', '린', '호', '영', '결', '솔', '별', '슬', '람', '온'] as const;
const FIRST_NAMES = ['Alex', 'Robin', 'Sam', 'Kim', 'Noa', 'Mika', 'Juno', 'Remy', 'Ari', 'Toni'] as const;
const LAST_NAMES = ['Maple', 'Rivers', 'Stone', 'Winter', 'Harbor', 'Field', 'Lane', 'Brook', 'Hill', 'Moss'] as const;
const DUE_DAYS = [5, 10, 15, 18, 20, 21, 25, 25, 25, 31] as const;

/** What of an account is the customer's. */
export type Customer = Pick<AccountRecord, 'name' | 'email' | 'phone' | 'locale' | 'dueDay' | 'dispatch'>;

/** The customer of the `number`th account, 1 the first. */
export function customerOf(number: number, chance: Chance): Customer {
  const locale = chance.in(0.08) ? 'en' : 'ko';
  const name =
    locale === 'ko'
      ? `${chance.pick(SURNAMES)}${chance.pick(GIVEN)}${chance.pick(SECOND)}`
      : `${chance.pick(FIRST_NAMES)} ${chance.pick(LAST_NAMES)}`;
  return {
    name,
    // example.com is reserved (RFC 2606), and no Korean mobile number goes on with 0 or 1 after 010.
    email: `user${number}@example.com`,
    phone: `+8210${String(number).padStart(8, '0')}`,
    locale,
    dueDay: chance.pick(DUE_DAYS),
    dispatch: preferences(chance),
  };
}

/** Nine in ten take what the policy offers. */
const CHANNEL_CHOICES = [
  { below: 0.9, channels: ['email', 'sms'] },
  { below: 0.95, channels: ['sms', 'email'] },
  { below: 0.98, channels: ['sms'] },
  { below: 1, channels: ['email'] },
] as const satisfies readonly { below: number; channels: DispatchRecord['channels'] }[];

function preferences(chance: Chance): DispatchRecord {
  const choice = chance.next();
  return {
    day: chance.in(0.15) ? chance.whole(1, 28) : null,
    quietHours: chance.in(0.1)
      ? { from: chance.pick(['20:00', '22:00', '23:30']), to: chance.pick(['07:30', '09:00', '10:00']) }
      : null,
    channels: CHANNEL_CHOICES.find(({ below }) => choice < below)?.channels ?? ['email', 'sms'],
  };
}
