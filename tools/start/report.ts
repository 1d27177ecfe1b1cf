export const reportHtml = (result: unknown): string => JSON.stringify(result);
