/**
 * The CDK app: `npx cdk deploy` deploys the stage dev, `npx cdk deploy -c stage=prod` the stage prod. Synthesis checks
 * the template against CloudFormation's own rules (cdk.json) and against AWS Solutions (cdk-nag), and fails on a finding.
 */
import { App, Validations } from 'aws-cdk-lib';
import { ReviewedChecks } from '../lib/shared/acknowledgements.ts';
import { stageOf } from '../lib/shared/stage.ts';
import { Tr1lStack } from '../lib/tr1l-stack.ts';

const app = new App();
const stage = stageOf(app.node.tryGetContext('stage'));
Validations.of(app).addPlugins(new ReviewedChecks(app));
new Tr1lStack(app, `Tr1l-${stage.name}`, { stage });
