/** How a report looks: on screens wide and narrow, light and dark, and on paper. */

const LIGHT = `--paper:#fcfcfa;--card:#fff;--ink:#1b1e22;--muted:#5c646d;--line:#dfe3e7;
--a:#0072b2;--b:#c44f00;--heat:#0072b2;--wrong:#d55e00;--ring:#1b1e22;`;

const DARK = `--paper:#121519;--card:#1a1e23;--ink:#e6e9ec;--muted:#9aa4ae;--line:#2d343b;
--a:#5ab8ee;--b:#ff9e57;--heat:#1d8fd1;--wrong:#e8742a;--ring:#e6e9ec;`;

/** The page's style sheet. Blue and vermilion: apart in print and for every kind of vision. */
export const STYLE: string = `
:root{color-scheme:light dark;${LIGHT}}
@media screen and (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
header,main,footer{max-width:1080px;margin:0 auto;padding:0 20px}
header{padding-top:40px}
h1{font-size:clamp(1.6rem,4.5vw,2.3rem);line-height:1.2;margin:0 0 8px;letter-spacing:-.01em;
text-wrap:balance}
h2{font-size:1.3rem;margin:0 0 8px}
h3{font-size:1.02rem;margin:20px 0 4px}
p{margin:0 0 14px;max-width:74ch}
section{margin:44px 0 0;padding-top:20px;border-top:1px solid var(--line)}
.lede{color:var(--muted);margin:0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(176px,1fr));gap:12px;
margin:24px 0 0;padding:0;list-style:none}
.tiles li{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 14px}
.tiles b{display:block;font-size:1.4rem;line-height:1.25;font-weight:650;
font-variant-numeric:tabular-nums}
.tiles small{font-size:.8rem;font-weight:500;color:var(--muted);white-space:nowrap}
.tiles span{display:block;font-size:.85rem}
.pair{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:24px}
.pair>*{min-width:0}
.scroll{overflow-x:auto;margin:10px 0 22px}
.scroll:focus-visible,summary:focus-visible{outline:2px solid var(--a);outline-offset:2px}
table{border-collapse:collapse;font-size:.88rem;font-variant-numeric:tabular-nums;width:100%}
caption{text-align:left;font-weight:600;padding:0 0 6px}
th,td{padding:5px 10px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child{padding-left:0;text-align:left}
thead th{font-weight:600;color:var(--muted);font-size:.8rem;vertical-align:bottom}
tbody th{font-weight:400}
.note{color:var(--muted);font-size:.8rem}
.effects th,.effects td{text-align:left;vertical-align:middle;line-height:1.35;white-space:normal}
.effects tr>:nth-child(2){width:46%}
.effects td:nth-child(2){padding-top:0;padding-bottom:0}
.effects tbody tr:last-child>*{border-bottom:0}
svg{display:block;width:100%;height:auto;overflow:visible}
svg text{fill:var(--muted);font-size:11px;font-variant-numeric:tabular-nums}
svg .name{font-size:12px;font-weight:600}
svg path{fill:none;stroke-linecap:round;stroke-linejoin:round}
.grid{stroke:var(--line)}
.line{stroke-width:1.8}
.panels .line{stroke-width:1.4;opacity:.8}
.line.dot{stroke-width:6}
.line.a{stroke:var(--a)}.line.b{stroke:var(--b)}
text.a{fill:var(--a)}text.b{fill:var(--b)}
.upright{stroke:var(--muted);stroke-dasharray:3 4}
.ring{fill:none;stroke:var(--ring);stroke-width:1.3}
.bar{min-width:170px;max-width:520px}
.bar .zero{stroke:var(--muted)}
.bar .span{stroke:var(--muted);stroke-width:3}
.bar .dot{fill:var(--muted)}
.bar.shown .span{stroke:var(--a)}
.bar.shown .dot{fill:var(--a)}
figure{margin:0}
figcaption{font-size:.85rem;font-weight:600;margin:0 0 4px}
.panels{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:18px 14px;margin:0 0 14px}
.panels figcaption{font-size:.76rem;font-weight:400;color:var(--muted);line-height:1.3;
min-height:2.6em;display:flex;align-items:end}
.heat{font-size:.82rem}
.heat td{text-align:center;border:2px solid var(--paper);border-radius:6px;line-height:1.25;
background:color-mix(in oklab,var(--heat) var(--v,0%),var(--card));padding:6px 4px;height:46px}
.heat thead td{background:none}
.heat .note{color:inherit;opacity:.8}
.heat .note{font-size:.74rem}
.heat thead th{font-size:.72rem;white-space:normal}
.heat th{border:0;text-align:center;padding:4px 3px}
.heat tbody th{width:1%;text-align:left;white-space:nowrap}
.scale{white-space:nowrap;font-size:.85rem;color:var(--muted)}
.scale i{display:inline-block;width:90px;height:.8em;border-radius:3px;vertical-align:-1px;
background:linear-gradient(to right,color-mix(in oklab,var(--heat) 4%,var(--card)),
color-mix(in oklab,var(--heat) 70%,var(--card)))}
.matrix{max-width:760px}
.matrix td,.matrix thead th{text-align:center;padding:6px 4px}
.matrix tbody th{text-align:center;font-weight:600}
.matrix td{background:color-mix(in oklab,var(--wrong) var(--v,0%),transparent)}
.matrix .none{color:var(--muted);opacity:.55}
.matrix .right{background:color-mix(in oklab,var(--a) 14%,transparent);font-weight:600}
.matrix .share,.matrix thead th:last-child{color:var(--muted);position:sticky;right:0;
background:var(--paper);padding-left:8px}
.kernels{list-style:none;display:flex;flex-wrap:wrap;gap:8px;margin:0;padding:0}
.kernels img{display:block;width:60px;height:auto;image-rendering:pixelated;border-radius:4px;
border:1px solid var(--line)}
.mistakes{list-style:none;display:grid;grid-template-columns:repeat(auto-fill,minmax(148px,1fr));
gap:12px;margin:0;padding:0}
.mistakes>li{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px}
.mistakes img{display:block;width:100%;max-width:124px;height:auto;margin:0 auto 8px;
image-rendering:pixelated;filter:invert(1);border-radius:4px}
@media screen and (prefers-color-scheme:dark){.mistakes img{filter:none}}
.mistakes p{font-size:.85rem;margin:0 0 4px}.mistakes p .note{display:block}
.mistakes ol{list-style:none;margin:0;padding:0;font-size:.76rem;
font-variant-numeric:tabular-nums}
.mistakes ol li{display:grid;grid-template-columns:1ch 1fr max-content;gap:6px;align-items:center}
.mistakes ol span{min-width:6.6ch;text-align:right;color:var(--muted)}
.mistakes i{display:block;height:6px;border-radius:3px;
background:linear-gradient(to right,var(--wrong) var(--v),var(--line) var(--v))}
.mistakes .truth i{background:linear-gradient(to right,var(--a) var(--v),var(--line) var(--v))}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:2px 20px;font-size:.88rem;
margin:0}
dt{color:var(--muted)}
dd{margin:0;overflow-wrap:anywhere}
code,pre{font:.84em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 14px;
overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}
summary{cursor:pointer;color:var(--a);font-size:.92rem;width:max-content;max-width:100%}
footer{margin-top:44px;padding-bottom:40px;color:var(--muted);font-size:.85rem}
@media screen and (max-width:860px){.effects thead{display:none}
.effects tbody tr{display:block;border-bottom:1px solid var(--line)}
.effects tbody tr>*{display:block;width:auto!important;border:0;padding:4px 0}
.effects tbody tr:last-child{border:0}
.pair{grid-template-columns:minmax(0,1fr)}
.panels{grid-template-columns:repeat(3,minmax(0,1fr))}}
@media screen and (max-width:560px){header,main,footer{padding-left:14px;padding-right:14px}
header{padding-top:22px}section{margin-top:32px}
.panels{grid-template-columns:repeat(2,minmax(0,1fr))}
.tiles{grid-template-columns:repeat(2,minmax(0,1fr))}.tiles b{font-size:1.2rem}
.mistakes{grid-template-columns:repeat(2,minmax(0,1fr))}
.matrix{font-size:.66rem}.matrix td,.matrix thead th{padding:5px 1px;font-size:.66rem}
.matrix thead span{display:none}.matrix .share,.matrix thead th:last-child{padding-left:3px}
dl{grid-template-columns:minmax(0,1fr)}dd{margin-bottom:6px}}
@media print{body{font-size:10pt;background:none}*{print-color-adjust:exact}
header,main,footer{max-width:none;padding:0}header{padding-top:0}
section{margin-top:18pt}h2,h3,caption{break-after:avoid}
.effects,.heat,.matrix,tr,figure,.tiles li,.mistakes>li{break-inside:avoid}.scroll{overflow:visible}.maps{grid-template-columns:minmax(0,1fr)}
details:not([open]){display:none}}
`;
