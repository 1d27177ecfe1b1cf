/**
 * How the SDK tells of a failed send, and which class it is (dispatch rules §3). What each provider's codes mean stands
 * in its own table; here is what holds for both, and the order in which it is asked. A reason is a code, never the
 * provider's free text: that can hold an address.
 */
import type { Answer, ProviderClass } from '../domain/answer.ts';

export type FailureClass = Exclude<ProviderClass, 'ACCEPTED'>;

/** What a code means; where one code has several meanings, the provider's message tells them apart. */
export type CodeMeaning =
  | FailureClass
  | {
      /** The first whose words are in the message holds. */
      readonly cases: readonly { readonly says: RegExp; readonly then: FailureClass; readonly reason: string }[];
      readonly otherwise: FailureClass;
    };

/** A provider's error codes, as the SDK names its exceptions. */
export type ErrorClasses = Readonly<Record<string, CodeMeaning>>;

/** Codes that every AWS service may answer with (its "Common Errors"). */
export const COMMON_CLASSES = {
  Throttling: 'THROTTLED',
  ThrottlingException: 'THROTTLED',
  RequestThrottled: 'THROTTLED',
  RequestLimitExceeded: 'THROTTLED',
  InternalFailure: 'TEMPORARY',
  InternalServerError: 'TEMPORARY',
  ServiceUnavailable: 'TEMPORARY',
  // Our request did not come in whole in time: nothing was done with it.
  RequestTimeout: 'TEMPORARY',
  RequestTimeoutException: 'TEMPORARY',
  // Given up before the answer: whether it was sent is not said.
  RequestAbortedException: 'UNKNOWN',
  // Our own credentials, grants, clock or request: every send meets it, whoever it is for.
  AccessDenied: 'PROVIDER_DOWN',
  AccessDeniedException: 'PROVIDER_DOWN',
  NotAuthorized: 'PROVIDER_DOWN',
  ExpiredToken: 'PROVIDER_DOWN',
  ExpiredTokenException: 'PROVIDER_DOWN',
  InvalidClientTokenId: 'PROVIDER_DOWN',
  UnrecognizedClientException: 'PROVIDER_DOWN',
  IncompleteSignature: 'PROVIDER_DOWN',
  IncompleteSignatureException: 'PROVIDER_DOWN',
  InvalidSignatureException: 'PROVIDER_DOWN',
  SignatureDoesNotMatch: 'PROVIDER_DOWN',
  MissingAuthenticationToken: 'PROVIDER_DOWN',
  MissingAuthenticationTokenException: 'PROVIDER_DOWN',
  RequestExpired: 'PROVIDER_DOWN',
  OptInRequired: 'PROVIDER_DOWN',
  CredentialsProviderError: 'PROVIDER_DOWN',
  InvalidAction: 'PROVIDER_DOWN',
  UnknownOperationException: 'PROVIDER_DOWN',
  MalformedHttpRequestException: 'PROVIDER_DOWN',
  MalformedQueryString: 'PROVIDER_DOWN',
  MissingParameter: 'PROVIDER_DOWN',
  RequestEntityTooLargeException: 'PROVIDER_DOWN',
  ValidationError: 'PROVIDER_DOWN',
} as const satisfies ErrorClasses;

/** The request never left: nothing was sent, so trying again is safe. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

interface SdkError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown };
}

/** The class of what an SDK call threw. Without an answer of the provider it is not known whether it sent. */
export function classify(error: unknown, classes: ErrorClasses): Answer {
  const { name, code, message, $metadata } = (error ?? {}) as SdkError;
  const reason = codeOf(name) ?? 'UnknownError';
  const text = typeof message === 'string' ? message : '';
  const meaning = meaningOf(classes, reason) ?? meaningOf(COMMON_CLASSES, reason);
  if (typeof meaning === 'string') return { class: meaning, reason };
  if (meaning) {
    const found = meaning.cases.find(({ says }) => says.test(text));
    return found ? { class: found.then, reason: found.reason } : { class: meaning.otherwise, reason };
  }
  const status = $metadata?.httpStatusCode;
  if (typeof status === 'number' && status >= 400) return byStatus(status, reason);
  const errno = codeOf(code);
  if (errno !== null && NEVER_SENT.has(errno)) return { class: 'TEMPORARY', reason: errno };
  // The SDK names both of its time-outs alike; only this one comes before a connection.
  if (reason === 'TimeoutError' && text.includes('did not establish a connection'))
    return { class: 'TEMPORARY', reason: 'ConnectTimeout' };
  // Broken off, timed out, or an answer that cannot be read: the provider may have sent it.
  return { class: 'UNKNOWN', reason: errno ?? reason };
}

/** An answer without a known code: a proxy's page, a new exception. */
function byStatus(status: number, reason: string): Answer {
  if (status === 429) return { class: 'THROTTLED', reason };
  if (status >= 500 || status === 408) return { class: 'TEMPORARY', reason };
  // More likely our account or our request than one customer: it holds, it does not fall back.
  return { class: 'PROVIDER_DOWN', reason };
}

const meaningOf = (classes: ErrorClasses, code: string): CodeMeaning | undefined =>
  Object.hasOwn(classes, code) ? classes[code] : undefined;

const codeOf = (value: unknown): string | null =>
  typeof value === 'string' && /^\w{1,64}$/.test(value) ? value : null;
