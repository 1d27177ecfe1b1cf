import { ApiError } from './errors.ts';
import { isTooLarge } from './payload.ts';

const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}\p{Cs}]/u;

/** Refuses a name that AWS would refuse for an execution. */
export function checkName(name: string): void {
  if (name.length < 1 || name.length > 80 || FORBIDDEN.test(name)) {
    throw new ApiError('InvalidName', `Invalid Name: '${name}' (1 to 80 characters, none of those an ARN forbids)`);
  }
}

/** The input of an execution, from its text. */
export function readInput(text: string): unknown {
  if (isTooLarge(text)) {
    throw new ApiError('ValidationException', "Value at 'input' must have length less than or equal to 262144");
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (thrown) {
    throw new ApiError('InvalidExecutionInput', `Invalid State Machine Execution Input: ${(thrown as Error).message}`);
  }
}

/** Refuses what is no ARN of Step Functions. */
export function checkArn(arn: string): void {
  if (!/^arn:[^:]+:states:[^:]+:\d{12}:(stateMachine|execution|mapRun):\S+$/.test(arn)) {
    throw new ApiError('InvalidArn', `Invalid Arn: '${arn}'`);
  }
}

/** `arn:…:execution:machine:name`. */
export const executionArn = (stateMachineArn: string, name: string): string =>
  `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
