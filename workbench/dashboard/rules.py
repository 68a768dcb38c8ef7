"""The dashboard's few style rules: what of the looks Streamlit does not offer."""

STYLE = """<style>
[data-testid="stMainBlockContainer"]{padding-top:3.2rem;padding-bottom:3rem;max-width:78rem}
@media (min-width:48rem){[data-testid="stMainBlockContainer"]{padding-left:3rem;padding-right:3rem}}
[data-testid="stMainBlockContainer"] h2{font-size:1.75rem}
.wb p{margin:0 0 .4rem 0;max-width:46rem;line-height:1.5;overflow-wrap:anywhere}
.wb-verdict{border-left:.3rem solid var(--wb,#0072b2);padding:.35rem 0 .35rem .9rem;
 margin:.1rem 0 .3rem}
.wb-verdict .big{font-size:1.35rem;line-height:1.4;font-weight:600;max-width:52rem;margin:0}
.wb-say{font-size:1.02rem;font-weight:500;margin:.1rem 0 .15rem;max-width:54rem;line-height:1.45}
.wb-legend{font-size:.84rem;line-height:1.7}
.wb .key{display:inline-block;margin-right:1.1rem;white-space:nowrap}
.wb .stroke{display:inline-block;width:1.1rem;height:0;margin-right:.4rem;vertical-align:middle}
.wb-head{font-weight:600;font-size:.92rem}
.wb-quiet{opacity:.72;font-size:.86rem;line-height:1.45;margin:0;max-width:54rem}
.wb-pre{white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.55}
.wb mark{background:rgba(240,200,60,.42);color:inherit;border-radius:.15rem;padding:0 .1rem}
.wb .plus{background:rgba(0,158,115,.22);border-radius:.15rem;padding:0 .1rem}
.wb .other{text-decoration:underline dotted 1.5px;text-underline-offset:.22em}
.wb .chip{display:inline-block;border:1px solid rgba(128,128,128,.45);border-radius:.8rem;
 padding:.02rem .55rem;font-size:.8rem;margin:0 .3rem .2rem 0}
.wb .dot{display:inline-block;width:.7rem;height:.7rem;border-radius:50%;margin-right:.4rem;
 vertical-align:baseline}
.wb-scroll{overflow-x:auto;max-width:100%}
table.wb-table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
table.wb-table caption{text-align:left;opacity:.72;font-size:.84rem;padding-bottom:.25rem}
table.wb-table caption span{display:inline-block;max-width:calc(100vw - 3rem)}
table.wb-table thead :is(th,td){font-weight:600;text-align:right;padding:.3rem .6rem;
 vertical-align:bottom;border-bottom:1.5px solid rgba(128,128,128,.55);font-size:.82rem}
table.wb-table tbody :is(th,td){padding:.34rem .6rem;font-weight:400;text-align:right;
 border-bottom:1px solid rgba(128,128,128,.22);white-space:nowrap}
table.wb-table :is(th,td):first-child{text-align:left}
table.wb-table :is(th,td).words{text-align:left;white-space:normal;min-width:9rem;
 overflow-wrap:anywhere}
table.wb-table tbody tr.best :is(th,td){font-weight:650}
table.wb-table tbody tr.apart :is(th,td){opacity:.75;font-style:italic}
table.wb-table small{opacity:.72;font-weight:400}
@media (max-width:48rem){
table.wb-table.cards,table.wb-table.cards :is(caption,tbody,tr,th,td){display:block;width:auto}
table.wb-table.cards thead{position:absolute;width:1px;height:1px;overflow:hidden;
 clip-path:inset(50%)}
table.wb-table.cards tbody tr{border:1px solid rgba(128,128,128,.35);border-radius:.5rem;
 padding:.45rem .7rem;margin-bottom:.6rem}
table.wb-table.cards tbody :is(th,td){border:0;padding:.12rem 0;text-align:left;white-space:normal;
 overflow-wrap:anywhere}
table.wb-table.cards tbody th{font-weight:600}
table.wb-table.cards tbody td:not(:empty)::before{content:attr(data-head) ": ";opacity:.72}
table.wb-table.cards tbody td:not(.words){display:inline-block;margin-right:1rem}
table.wb-table.cards tbody td:empty{display:none}}
</style>"""
