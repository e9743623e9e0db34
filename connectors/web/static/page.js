// The routine pages: fill in the words, then go to the section that the address names.
import { fill, loadTexts } from '/static/texts.js';

await loadTexts();
fill(document);
// The words pushed the text down; take the reader back to the section.
if (location.hash) document.querySelector(':target')?.scrollIntoView();
