import './style/fonts.css'
import './style/tokens.css'
import './style/base.css'
import './style/states.css'
import './style/controls.css'
import './style/shell.css'
import './style/host.css'
import './style/filter.css'
import './style/state-map.css'
import './style/connection.css'
import './style/findings.css'
import './style/heal.css'
import './style/claims.css'
import './style/capture.css'
import './style/lab.css'
import './style/lab-play.css'
import './style/compare.css'
import { render } from 'preact'
import { App } from './app.tsx'

const root = document.querySelector('#app')
if (root === null) throw new Error('index.html has no element #app')
render(<App />, root)
