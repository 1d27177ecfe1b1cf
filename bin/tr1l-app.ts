/** The CDK app: `npx cdk deploy` deploys the stage dev, `npx cdk deploy -c stage=prod` the stage prod. */
import { App } from 'aws-cdk-lib';
import { stageOf } from '../lib/shared/stage.ts';
import { Tr1lStack } from '../lib/tr1l-stack.ts';

const app = new App();
const stage = stageOf(app.node.tryGetContext('stage'));
new Tr1lStack(app, `Tr1l-${stage.name}`, { stage });
