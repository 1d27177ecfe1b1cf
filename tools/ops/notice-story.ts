/** One notice's story in time order, as a person reads it: every attempt, what people did, and where it stands now. Ids only, nothing of the customer. */
import { FINAL_STATES, type Attempt, type Notice } from '../../lambdas/dispatch/domain/ledger.ts';
import { seoulTime, type Instant } from '../../lambdas/kernel/dates.ts';
import { withoutBegun, type AuditRecord } from './audit-log.ts';

/** What an audit entry of the month says. */
export type Deed = Pick<AuditRecord, 'at' | 'command' | 'reason' | 'outcome' | 'actor'>;

/** The story, line by line. `deeds` are what people did to the account's notices. */
export function noticeStory(notice: Notice, now: Instant, deeds: readonly Deed[] = []): string[] {
  const { noticeId, runId, importId, policyVersion, channels, state, reopened = 0 } = notice;
  const happened = [
    ...notice.attempts.map((attempt) => ({ at: attempt.at, line: told(attempt) })),
    ...withoutBegun(deeds)
      .filter(isAbout(noticeId))
      .map((deed) => ({ at: deed.at, line: done(deed) })),
  ].sort((a, b) => (a.at < b.at ? -1 : 1));
  return [
    `${noticeId}: ${state}${stands(notice, now)}`,
    `  planned for run ${runId}, from import ${importId}, under policy ${policyVersion || '0 (the default)'}`,
    `  channels ${channels.join(', then ') || 'none'}${whereOn(notice)}`,
    ...(notice.accountWindowIgnored ? ["  the customer's own window was ignored: it silences the whole day"] : []),
    ...(notice.possibleDuplicate
      ? ['  it may have been sent twice: an answer never came, and it was sent once more']
      : []),
    ...(reopened > 0 ? [`  reopened by a person ${reopened === 1 ? 'once' : `${reopened} times`}`] : []),
    ...happened.map(({ at, line }) => `  ${local(at)}  ${line}`),
    ...(notice.attempts.length === 0 ? ['  no attempt yet'] : []),
  ];
}

/** One that is over is on no channel any more, and one that was never tried ended on none. */
function whereOn({ state, channel, attempts }: Notice): string {
  if (!FINAL_STATES.includes(state)) return `; now on ${channel}`;
  return attempts.length === 0 ? '' : `; ended on ${channel}`;
}

/** Where a notice stands, in one line. */
export const standing = (notice: Notice, now: Instant): string =>
  `${notice.noticeId} is ${notice.state}${stands(notice, now)}`;

function stands({ state, reason, dueAt, leaseUntil }: Notice, now: Instant): string {
  const why = reason === null ? '' : ` (${reason})`;
  if (FINAL_STATES.includes(state) || state === 'BOUNCED') return why;
  if (state === 'SENDING') {
    const until = leaseUntil ?? dueAt;
    return until >= now
      ? `, a worker has it until ${local(until)}`
      : `, its worker had it until ${local(until)} and left no answer`;
  }
  return `${why}, due ${local(dueAt)}`;
}

const told = ({ channel, number, class: answer, reason, providerMessageId, givenBack, became }: Attempt): string =>
  [
    `${channel} ${number}: ${answer}`,
    ...(reason === undefined ? [] : [reason]),
    ...(providerMessageId === undefined ? [] : [`message ${providerMessageId}`]),
    ...(became === undefined ? [] : [`the provider says: ${became}`]),
    ...(givenBack === true ? ['given back, as it failed in an outage'] : []),
  ].join(', ');

/** A redrive names all its notices: a story is about one. */
const done = ({ command, actor, reason, outcome }: Deed): string => {
  const said = command === 'dlq redrive' ? outcome.split(': ')[0] : outcome;
  return `${command} by ${actor} (${reason}): ${said ?? ''}`;
};

/** An entry that names notices is about those; one that names none is about all of the account. */
const isAbout =
  (noticeId: string) =>
  ({ outcome }: Deed): boolean => {
    const named: readonly string[] = outcome.match(/\d{4}-\d{2}_[\w-]+/g) ?? [];
    return named.length === 0 || named.includes(noticeId);
  };

/** Local time, to the minute: what a customer would say on the phone. */
export function local(instant: Instant): string {
  const { date, minute } = seoulTime(instant);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date} ${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}
