/** The arrows of docs/architecture.md, as rules. @type {import('dependency-cruiser').IConfiguration} */
const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { pathNot: allowed },
});
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only('kernel-imports-nothing', '^lambdas/kernel/', ['^lambdas/kernel/']),
    only('contracts-import-kernel', '^lambdas/contracts/', ['^lambdas/(contracts|kernel)/', '^node_modules/zod/']),
    only('settlement-domain-is-pure', '^lambdas/settlement/domain/', [
      '^lambdas/(settlement/domain|contracts|kernel)/',
      '^node_modules/zod/',
    ]),
    only('dispatch-domain-is-pure', '^lambdas/dispatch/domain/', [
      '^lambdas/(dispatch/domain|contracts|kernel)/',
      '^node_modules/(zod|eta)/',
    ]),
    // What may be imported is what settlement can read: the import goes by its domain, and by nothing else of it.
    only('import-domain-is-pure', '^lambdas/import/domain/', [
      '^lambdas/((import|settlement)/domain|contracts|kernel)/',
      '^node_modules/zod/',
    ]),
    {
      name: 'import-knows-settlements-domain',
      severity: 'error',
      from: { path: '^lambdas/import/' },
      to: { path: '^lambdas/(dispatch/|settlement/(?!domain/))' },
    },
    {
      name: 'nobody-knows-the-import',
      severity: 'error',
      from: { path: '^lambdas/(settlement|dispatch|platform)/' },
      to: { path: '^lambdas/import/' },
    },
    {
      name: 'settlement-knows-no-dispatch',
      severity: 'error',
      from: { path: '^lambdas/settlement/' },
      to: { path: '^lambdas/dispatch/' },
    },
    {
      name: 'dispatch-knows-no-settlement',
      severity: 'error',
      from: { path: '^lambdas/dispatch/' },
      to: { path: '^lambdas/settlement/' },
    },
    {
      name: 'sdk-only-in-adapters-and-platform',
      severity: 'error',
      from: { path: '^lambdas/', pathNot: '^lambdas/([^/]+/adapters|platform)/' },
      to: { path: '^node_modules/@aws-sdk/' },
    },
    {
      name: 'middy-and-powertools-only-in-platform',
      severity: 'error',
      from: { path: '^lambdas/', pathNot: '^lambdas/platform/' },
      to: { path: '^node_modules/(@middy|@aws-lambda-powertools)/' },
    },
    {
      name: 'lambdas-know-no-infrastructure',
      severity: 'error',
      from: { path: '^lambdas/' },
      to: { path: '^(lib|tools|bin|test)/' },
    },
    {
      name: 'lib-knows-env-contracts-kernel',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(lambdas|tools|bin|test)/', pathNot: '^lambdas/(kernel/|contracts/|[^/]+/env\\.ts$)' },
    },
    {
      name: 'nothing-imports-a-handler',
      severity: 'error',
      from: { pathNot: '^(test/|tools/local/)' },
      to: { path: '^lambdas/[^/]+/handlers/' },
    },
    { name: 'nothing-imports-tests', severity: 'error', from: { pathNot: '^test/' }, to: { path: '^test/' } },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(cdk.out|out)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
