import type { ClockSettings } from './clock.ts';

/** What a function's worker thread is started with. */
export interface WorkerSettings {
  /** The bundle's module. */
  readonly file: string;
  /** The name of the handler that it exports. */
  readonly exported: string;
  readonly functionName: string;
  readonly clock: ClockSettings;
}

/** An invocation, sent to a worker that has no other. */
export interface InvokeMessage {
  readonly requestId: string;
  /** JSON text. */
  readonly payload: string;
  readonly functionArn: string;
  readonly memoryMb: number;
  /** When the function will be ended, by the wall clock. */
  readonly endsAtRealMs: number;
  /** Its time-out as the template has it: what is left is never more. */
  readonly timeoutMs: number;
}

export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

/** What a worker tells: that it is loaded or could not load, or how an invocation went. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'broken'; readonly error: FunctionError }
  | { readonly kind: 'returned'; readonly payload: string }
  | { readonly kind: 'threw'; readonly error: FunctionError };
