/** What the SDK says when it cannot reach AWS, as a sentence that tells what to do. */
import { CallerFault } from './options.ts';

/** The error itself, when it is none of these. Known by names and codes, and where the SDK has none, by its message. */
export function awsFault(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message } = error;
  if (/^Region (is missing|not accepted)/.test(message))
    return new CallerFault(
      'no AWS region is set that could be one: set AWS_REGION, or AWS_PROFILE to a profile that has one',
      {
        cause: error,
      },
    );
  if (name === 'CredentialsProviderError')
    return new CallerFault(
      'no AWS credentials were found: set AWS_PROFILE to a profile that has them, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
      { cause: error },
    );
  const refused = refusedConnection(error);
  if (refused === null) return error;
  return new Error(
    `nothing answers at ${refused}: start what AWS_ENDPOINT_URL names (a local stack), or unset it to reach AWS itself`,
    { cause: error },
  );
}

interface Refused extends Error {
  readonly code: 'ECONNREFUSED';
  readonly address?: string;
  readonly port?: number;
}
const isRefused = (error: unknown): error is Refused =>
  error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';

/** `localhost` is two addresses, and an error with one for each. */
function refusedConnection(error: Error): string | null {
  const [found] = [error, ...(error instanceof AggregateError ? (error.errors as unknown[]) : [])]
    .filter(isRefused)
    .filter(({ address }) => address !== undefined);
  if (found) return `${found.address ?? ''}:${found.port ?? ''}`;
  return isRefused(error) ? 'the other end' : null;
}
