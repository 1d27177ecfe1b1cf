/** The environment of dispatch's functions, declared once: the constructs must supply exactly these keys, the handlers read only them. */

export const planShardEnv = ['ACCOUNTS_TABLE', 'INVOICES_TABLE', 'NOTICES_TABLE', 'CONTROL_TABLE'] as const;

export const verifyPlanEnv = ['INVOICES_TABLE', 'NOTICES_TABLE'] as const;

export const listShardsEnv = ['CONTROL_TABLE'] as const;

export const sweepShardEnv = ['NOTICES_TABLE', 'CONTROL_TABLE'] as const;

export const retimeShardEnv = ['NOTICES_TABLE', 'CONTROL_TABLE'] as const;

export const findDueEnv = ['CONTROL_TABLE'] as const;

export const releaseShardEnv = ['NOTICES_TABLE', 'CONTROL_TABLE', 'EMAIL_QUEUE_URL', 'SMS_QUEUE_URL'] as const;

export const sendEmailEnv = [
  'NOTICES_TABLE',
  'CONTROL_TABLE',
  'ACCOUNTS_TABLE',
  'EMAIL_QUEUE_URL',
  'SMS_QUEUE_URL',
  'FINAL_QUEUE_URL',
  'SENDER_ADDRESS',
  'CONFIGURATION_SET',
  'LEASE_SECONDS',
  'PROVIDER_TIMEOUT_SECONDS',
  'EMAIL_WORKERS',
  'SMS_PRICE_WON',
] as const;

export const sendSmsEnv = [
  'NOTICES_TABLE',
  'CONTROL_TABLE',
  'ACCOUNTS_TABLE',
  'EMAIL_QUEUE_URL',
  'SMS_QUEUE_URL',
  'FINAL_QUEUE_URL',
  'LEASE_SECONDS',
  'PROVIDER_TIMEOUT_SECONDS',
  'SMS_WORKERS',
  'SMS_PRICE_WON',
] as const;

export const finalDeadLetterEnv = ['NOTICES_TABLE', 'FINAL_QUEUE_URL'] as const;

export const deliveryFeedbackEnv = ['NOTICES_TABLE', 'CONTROL_TABLE', 'SMS_QUEUE_URL', 'FINAL_QUEUE_URL'] as const;
