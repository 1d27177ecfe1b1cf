/** The one email template. Tables and inline styles, since mail clients know little else; `<%=` escapes in the HTML. */

const FONT = `font-family:'Apple SD Gothic Neo','Malgun Gothic','Noto Sans KR','Noto Sans CJK KR',Helvetica,Arial,sans-serif;`;
const TABLE = 'role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"';
const LABEL = 'padding:5px 0;font-size:14px;line-height:20px;color:#5b6779;';
const VALUE = 'padding:5px 0 5px 12px;font-size:14px;line-height:20px;color:#172033;white-space:nowrap;';
const ROW = 'border-bottom:1px solid #e8ecf1;font-size:15px;line-height:22px;';
const TOTAL = 'font-size:16px;line-height:24px;font-weight:700;color:#172033;';

export const HTML_TEMPLATE = `<!doctype html>
<html lang="<%= it.lang %>">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<meta name="format-detection" content="telephone=no, date=no, address=no">
<title><%= it.subject %></title>
</head>
<body style="margin:0;padding:0;background:#eef1f5;${FONT}color:#172033;-webkit-text-size-adjust:100%;word-break:keep-all;">
<div style="display:none;max-height:0;overflow:hidden;"><%= it.preview %></div>
<table ${TABLE} style="background:#eef1f5;"><tr><td align="center" style="padding:24px 12px;">
<table ${TABLE} style="max-width:560px;background:#ffffff;border-radius:14px;overflow:hidden;text-align:left;">
<tr><td style="background:#14365f;padding:18px 28px;color:#ffffff;font-size:19px;font-weight:700;letter-spacing:1.5px;"><%= it.brand %></td></tr>
<tr><td style="padding:28px 28px 0;font-size:16px;line-height:26px;"><%= it.greeting %><br><%= it.intro %></td></tr>
<tr><td style="padding:22px 28px 0;">
<table ${TABLE} style="background:#f1f5fa;border-radius:10px;"><tr><td style="padding:20px 22px 16px;">
<div style="font-size:14px;line-height:20px;color:#5b6779;"><%= it.labels.amountDue %></div>
<div style="padding:2px 0 12px;font-size:32px;line-height:40px;font-weight:700;color:#14365f;word-break:break-all;"><%= it.amountDue %></div>
<table ${TABLE} style="border-top:1px solid #dbe3ed;"><tr><td colspan="2" style="height:8px;line-height:8px;font-size:0;">&nbsp;</td></tr>
<% for (const fact of it.facts) { %>
<tr><td style="${LABEL}"><%= fact.label %></td><td align="right" style="${VALUE}<% if (fact.isMain) { %>font-weight:700;<% } %>"><%= fact.value %></td></tr>
<% } %>
</table></td></tr></table>
<% if (!it.isToPay) { %>
<p style="margin:16px 0 0;font-size:15px;line-height:24px;"><%= it.labels.nothingToPay %></p>
<% } %>
</td></tr>
<% if (it.charges.length > 0) { %>
<tr><td style="padding:28px 28px 4px;font-size:16px;line-height:24px;font-weight:700;"><%= it.labels.charges %></td></tr>
<tr><td style="padding:0 28px;">
<table ${TABLE} style="border-collapse:collapse;border-top:2px solid #172033;">
<% for (const charge of it.charges) { %>
<tr><td style="padding:11px 0;${ROW}"><%= charge.label %></td><td align="right" style="padding:11px 0 11px 12px;${ROW}white-space:nowrap;<% if (charge.isCredit) { %>color:#0a7350;<% } %>"><%= charge.amount %></td></tr>
<% } %>
<tr><td style="padding:14px 0;${TOTAL}"><%= it.labels.total %></td><td align="right" style="padding:14px 0 14px 12px;${TOTAL}white-space:nowrap;"><%= it.amountDue %></td></tr>
</table></td></tr>
<% } %>
<tr><td style="padding:22px 28px 28px;font-size:14px;line-height:22px;color:#3d495b;"><strong style="color:#172033;"><%= it.labels.questionsTitle %></strong><br><%= it.labels.questions %></td></tr>
<tr><td style="padding:16px 28px;background:#f7f9fb;border-top:1px solid #e8ecf1;font-size:12px;line-height:19px;color:#667286;"><%= it.labels.footer %></td></tr>
</table></td></tr></table>
</body>
</html>
`;

export const TEXT_TEMPLATE = `<%= it.greeting %>
<%= it.intro %>

<%= it.labels.amountDue %>: <%= it.amountDue %>
<% for (const fact of it.facts) { %><%= fact.label %>: <%= fact.value %>
<% } %><% if (!it.isToPay) { %><%= it.labels.nothingToPay %>
<% } %>
<% if (it.charges.length > 0) { %><%= it.labels.charges %>
<% for (const charge of it.charges) { %>- <%= charge.label %>: <%= charge.amount %>
<% } %>= <%= it.labels.total %>: <%= it.amountDue %>

<% } %><%= it.labels.questionsTitle %>
<%= it.labels.questions %>

<%= it.labels.footer %>
`;
