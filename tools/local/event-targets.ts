/** Where the event bus delivers to: state machines and queues. */
import { awsJsonClient } from './aws-json.ts';
import type { DeliverTo, StartMachine } from './event-bus.ts';
import type { Gate } from './gate.ts';
import { refOf } from './template-resources.ts';

/** Under this name the gate counts what the event bus sends to queues. */
const CALLER = '(event bus)';

export interface EventTargets {
  readonly deliverTo: DeliverTo;
  readonly close: () => void;
}

export function eventTargets(start: StartMachine, gate: Gate, onProblem: (problem: string) => void): EventTargets {
  const sqs = awsJsonClient('sqs', gate.endpoint(CALLER, 'sqs'));
  return {
    deliverTo: async (arn, input) => {
      if (arn.includes(':stateMachine:')) {
        start(arn, input);
        return;
      }
      const queueName = arn.slice(arn.lastIndexOf(':') + 1);
      const QueueUrl = refOf('AWS::SQS::Queue', queueName);
      await sqs.call('SendMessage', { QueueUrl, MessageBody: input }).catch((thrown: unknown) => {
        onProblem(`event to ${queueName}: ${(thrown as Error).message}`);
      });
    },
    close: sqs.close,
  };
}
