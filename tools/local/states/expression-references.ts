/** What a JSONata expression reads, found without running it: so that a wrong name is refused when a machine is made. */

/** Names that an expression takes from outside, and what AWS would refuse in it. */
export interface References {
  /** Free variables and functions, without the leading `$`. */
  readonly names: ReadonlySet<string>;
  /** What follows `$states` in each of its uses: `['context', 'Execution', 'Id']`. */
  readonly states: readonly (readonly string[])[];
  readonly problems: readonly string[];
}

type Node = Record<string, unknown>;
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);
const nodesOf = (value: unknown): Node[] => (Array.isArray(value) ? (value.flat(3) as unknown[]).filter(isNode) : []);

/** Walks the syntax tree of an expression. */
export function referencesOf(ast: unknown): References {
  const used = new Set<string>();
  const bound = new Set<string>();
  const states: string[][] = [];
  const problems = new Set<string>();

  const first = (step: Node, inContext: boolean): void => {
    const value = String(step['value']);
    if (step['type'] === 'variable' && value === '$') problems.add('reads `$$`, which Step Functions does not set');
    else if (inContext) return;
    else if (step['type'] === 'variable' && value === '') problems.add('reads `$` outside of a path or filter');
    else if (step['type'] === 'name') problems.add(`reads \`${value}\` from nowhere: begin with $states or a variable`);
  };

  const walkPath = (steps: Node[], inContext: boolean): void => {
    const [start, ...rest] = steps;
    if (start?.['type'] === 'variable' && start['value'] === 'states') {
      const names = rest.findIndex((step) => step['type'] !== 'name');
      states.push((names < 0 ? rest : rest.slice(0, names)).map((step) => String(step['value'])));
    }
    steps.forEach((step, index) => {
      if (index === 0) first(step, inContext);
      walkChildren(step, index > 0 || inContext);
    });
  };

  const walk = (node: Node, inContext: boolean): void => {
    if (node['type'] === 'path') {
      walkPath(nodesOf(node['steps']), inContext);
      if (isNode(node['group'])) walkChildren(node['group'], true);
      return;
    }
    if (node['type'] === 'bind' && isNode(node['lhs'])) bound.add(String(node['lhs']['value']));
    if (node['type'] === 'lambda') for (const name of nodesOf(node['arguments'])) bound.add(String(name['value']));
    if (node['type'] === 'variable') first(node, inContext);
    walkChildren(node, inContext || node['type'] === 'transform' || node['type'] === 'sort');
  };

  const walkChildren = (node: Node, inContext: boolean): void => {
    if (node['type'] === 'variable') used.add(String(node['value']));
    for (const name of [node['focus'], node['index']]) if (typeof name === 'string') bound.add(name);
    for (const [key, value] of Object.entries(node)) {
      if (key === 'ancestor' || key === 'slot') continue;
      // Filters, sorts and groups of a step run once for every element: `$` is that element.
      const context = inContext || key === 'stages' || key === 'predicate' || key === 'group';
      for (const child of isNode(value) ? [value] : nodesOf(value)) walk(child, context);
    }
  };

  if (isNode(ast)) walk(ast, false);
  const names = new Set([...used].filter((name) => name !== '' && name !== '$' && !bound.has(name)));
  return { names, states, problems: [...problems] };
}
