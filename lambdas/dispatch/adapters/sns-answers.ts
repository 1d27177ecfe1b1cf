/**
 * What SNS answers to Publish with a phone number, by exception (API reference, "Publish"). Opt-outs, carriers'
 * refusals and a reached spend limit mostly come after an accepting answer, in delivery logs only: an alarm on the
 * spend metric watches what this table cannot see.
 */
import type { ErrorClasses } from './provider-errors.ts';

/** `Invalid parameter: PhoneNumber Reason: … is not valid to publish to`; any other parameter is one that we set for all. */
const PHONE_NUMBER = {
  cases: [{ says: /phone ?number/i, then: 'PERMANENT', reason: 'InvalidPhoneNumber' }],
  otherwise: 'PROVIDER_DOWN',
} as const;

export const SNS_CLASSES: ErrorClasses = {
  InvalidParameterException: PHONE_NUMBER,
  InvalidParameterValueException: PHONE_NUMBER,
  ValidationException: PHONE_NUMBER,
  OptedOutException: 'PERMANENT',
  EndpointDisabledException: 'PERMANENT',
  ThrottledException: 'THROTTLED',
  KMSThrottlingException: 'THROTTLED',
  AuthorizationErrorException: 'PROVIDER_DOWN',
  InvalidSecurityException: 'PROVIDER_DOWN',
  UserErrorException: 'PROVIDER_DOWN',
  NotFoundException: 'PROVIDER_DOWN',
  PlatformApplicationDisabledException: 'PROVIDER_DOWN',
  KMSAccessDeniedException: 'PROVIDER_DOWN',
  KMSDisabledException: 'PROVIDER_DOWN',
  KMSInvalidStateException: 'PROVIDER_DOWN',
  KMSNotFoundException: 'PROVIDER_DOWN',
  KMSOptInRequired: 'PROVIDER_DOWN',
  InternalErrorException: 'TEMPORARY',
};
