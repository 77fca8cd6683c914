// SPDX-License-Identifier: Apache-2.0
// Reads a meter out once with smartmeter-obis, and prints what it understood as JSON: by code, the values with units.
//
//     node smartmeter.mjs PORT

import SmartmeterObis from 'smartmeter-obis';

const options = {
    protocol: 'D0Protocol',
    transport: 'SerialRequestResponseTransport',
    transportSerialPort: process.argv[2],
    transportSerialBaudrate: 300,
    transportSerialDataBits: 7,
    transportSerialStopBits: 1,
    transportSerialParity: 'even',
    protocolD0WakeupCharacters: 40,
    requestInterval: 0,
    obisNameLanguage: 'en',
    obisFallbackMedium: 1,
};

const reader = SmartmeterObis.init(options, (error, results) => {
    if (error) {
        console.error(String(error));
        process.exit(1);
    }
    const found = {};
    for (const [code, measurement] of Object.entries(results)) {
        found[code] = {name: SmartmeterObis.ObisNames.resolveObisName(measurement, 'en').obisName, values: measurement.getValues()};
    }
    console.log(JSON.stringify(found));
    process.exit(0);
});
reader.process();
