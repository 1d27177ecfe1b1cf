/** One notice's story in time order, as a person reads it: every attempt, and where it stands now. Ids only, nothing of the customer. */
import { FINAL_STATES, type Attempt, type Notice } from '../../lambdas/dispatch/domain/ledger.ts';
import { seoulTime, type Instant } from '../../lambdas/kernel/dates.ts';

/** The story, line by line. */
export function noticeStory(notice: Notice): string[] {
  const { noticeId, runId, importId, policyVersion, channels, state } = notice;
  return [
    `${noticeId}: ${state}${stands(notice)}`,
    `  planned for run ${runId}, from import ${importId}, under policy ${policyVersion || '0 (the default)'}`,
    `  channels ${channels.join(', then ') || 'none'}${whereOn(notice)}`,
    ...(notice.accountWindowIgnored ? ["  the customer's own window was ignored: it silences the whole day"] : []),
    ...(notice.possibleDuplicate
      ? ['  it may have been sent twice: an answer never came, and it was sent once more']
      : []),
    ...[...notice.attempts].sort((a, b) => (a.at < b.at ? -1 : 1)).map((attempt) => `  ${told(attempt)}`),
    ...(notice.attempts.length === 0 ? ['  no attempt yet'] : []),
  ];
}

/** One that is over is on no channel any more, and one that was never tried ended on none. */
function whereOn({ state, channel, attempts }: Notice): string {
  if (!FINAL_STATES.includes(state)) return `; now on ${channel}`;
  return attempts.length === 0 ? '' : `; ended on ${channel}`;
}

/** Where a notice stands, in one line. */
export const standing = (notice: Notice): string => `${notice.noticeId} is ${notice.state}${stands(notice)}`;

function stands({ state, reason, dueAt, leaseUntil }: Notice): string {
  const why = reason === null ? '' : ` (${reason})`;
  if (FINAL_STATES.includes(state) || state === 'BOUNCED') return why;
  if (state === 'SENDING') return `, a worker has it until ${local(leaseUntil ?? dueAt)}`;
  return `${why}, due ${local(dueAt)}`;
}

const told = ({ at, channel, number, class: answer, reason, providerMessageId, became }: Attempt): string =>
  [
    `${local(at)}  ${channel} ${number}: ${answer}`,
    ...(reason === undefined ? [] : [reason]),
    ...(providerMessageId === undefined ? [] : [`message ${providerMessageId}`]),
    ...(became === undefined ? [] : [`the provider says: ${became}`]),
  ].join(', ');

/** Local time, to the minute: what a customer would say on the phone. */
export function local(instant: Instant): string {
  const { date, minute } = seoulTime(instant);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date} ${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}
