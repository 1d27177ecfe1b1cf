/** The page of the report. `<%=` escapes; `<%~` is used for the charts alone, which are made here. */
export const REPORT_TEMPLATE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>TR1L <%= it.month %></title>
<style>
body{font:16px/1.5 system-ui,-apple-system,'Segoe UI','Noto Sans KR',sans-serif;color:#1a2233;background:#f5f7fa;margin:0}
main{max-width:1140px;margin:0 auto;padding:32px 20px}
h1{font-size:28px;margin:0}h2{font-size:18px;margin:0 0 12px}
.lead{color:#4a5568;margin:4px 0 24px}.bad{color:#b42318}.good{color:#0b7a53}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));gap:20px}
section{background:#fff;border:1px solid #e2e8f0;border-radius:10px;padding:20px;margin-bottom:20px;overflow-x:auto}
.grid section{margin:0}.numbers{display:flex;flex-wrap:wrap;gap:16px;margin-bottom:20px}
.number{background:#fff;border:1px solid #e2e8f0;border-radius:10px;padding:12px 20px}.number b{display:block;font-size:24px}
svg{max-width:100%;height:auto}ul{list-style:none;padding:0;margin:0}li{padding:3px 0}
table{border-collapse:collapse;width:100%;font-size:14px}td,th{text-align:left;padding:6px 10px;border-bottom:1px solid #edf0f4}
.won{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
iframe{width:100%;height:760px;border:1px solid #e2e8f0;border-radius:8px}
.sms{background:#e8f1fb;border-radius:16px 16px 16px 4px;padding:10px 14px;margin:8px 0;max-width:340px;white-space:pre-wrap}
@media print{body{background:#fff}section,.number{break-inside:avoid}}
</style></head><body><main>
<h1>Bills of <%= it.month %></h1>
<p class="lead"><b class="<%= it.balanced ? 'good' : 'bad' %>"><%= it.balanced ? 'Everything balances.' : 'The month does not balance.' %></b>
Run on one machine by the stack that <code>cdk synth</code> wrote; 1 s here is <%= it.timeScale %> s of the pipeline.</p>
<div class="numbers"><% for (const [name, value] of it.numbers) { %><div class="number"><%= name %><b><%= value %></b></div><% } %></div>
<section><h2>Does it add up?</h2><ul><% for (const check of it.checks) { %>
<li class="<%= check.holds ? '' : 'bad' %>"><%= check.holds ? '✔' : '✘' %> <%= check.sentence %></li><% } %></ul></section>
<div class="grid"><% for (const chart of it.charts) { %><section><h2><%= chart.title %></h2><%~ chart.svg %></section><% } %></div><br>
<% if (it.invoice) { %><section><h2>An invoice: account <%= it.invoice.account %>, due <%= it.invoice.dueDate %></h2>
<table><tr><th>Line</th><th>Rule</th><th>Refers to</th><th>Dates</th><th class="won">Quantity</th><th class="won">Won</th></tr>
<% for (const line of it.invoice.lines) { %><tr><td><%= line.lineId %></td><td><%= line.code %></td><td><%= line.ref %></td><td><%= line.dates %></td>
<td class="won"><%= line.quantity %></td><td class="won"><%= line.amount %></td></tr><% } %>
<% for (const [name, value] of it.invoice.sums) { %><tr><td colspan="5"><b><%= name %></b></td><td class="won"><b><%= value %></b></td></tr><% } %>
</table></section><% } %>
<div class="grid"><% for (const mail of it.mails) { %><section><h2><%= mail.subject %></h2>
<iframe sandbox="" title="<%= mail.subject %>" srcdoc="<%= mail.html %>"></iframe></section><% } %></div><br>
<% if (it.texts.length > 0) { %><section><h2>SMS</h2><% for (const text of it.texts) { %><div class="sms"><%= text %></div><% } %></section><% } %>
</main></body></html>
`;
