//! Values of properties and bodies, with the exact types of JMS.

use bytes::Bytes;
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyList, PyMemoryView, PyString, PyTuple,
    PyType,
};
use relaismq::{PrimitiveMap, Value};

/// The classes for types that Python does not have, by name.
fn class<'py>(py: Python<'py>, name: &'static str) -> PyResult<&'py Bound<'py, PyType>> {
    static BYTE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static SHORT: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static LONG: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static FLOAT: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static CHAR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let cell = match name {
        "Byte" => &BYTE,
        "Short" => &SHORT,
        "Long" => &LONG,
        "Float" => &FLOAT,
        _ => &CHAR,
    };
    cell.import(py, "relaismq._values", name)
}

/// # Errors
/// `TypeError` or `OverflowError` for what JMS has no type for.
pub(crate) fn to_value(value: &Bound<'_, PyAny>) -> PyResult<Value> {
    if let Ok(text) = value.cast_exact::<PyString>() {
        return Ok(Value::from(text.to_str()?));
    }
    if value.is_none() {
        return Ok(Value::Null);
    }
    if let Ok(truth) = value.cast::<PyBool>() {
        return Ok(Value::Boolean(truth.is_true()));
    }
    if value.is_instance_of::<PyInt>() {
        return whole(value);
    }
    if value.is_instance_of::<PyFloat>() {
        let is_single = value.is_instance(class(value.py(), "Float")?)?;
        return if is_single {
            value.extract().map(Value::Float)
        } else {
            value.extract().map(Value::Double)
        };
    }
    if let Ok(text) = value.cast::<PyString>() {
        return text_or_char(text);
    }
    if let Some(bytes) = to_bytes(value)? {
        return Ok(Value::Bytes(bytes));
    }
    if let Ok(entries) = value.cast::<PyDict>() {
        return to_map(entries).map(Value::Map);
    }
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        return to_list(value).map(Value::List);
    }
    Err(PyTypeError::new_err(format!(
        "JMS has no type for a {}; send a bool, int, float, str or bytes",
        value.get_type().name()?
    )))
}

fn whole(value: &Bound<'_, PyAny>) -> PyResult<Value> {
    let py = value.py();
    let number: i64 = value.extract().map_err(|_| {
        PyOverflowError::new_err(format!("{value} has more than 64 bits; send it as a str"))
    })?;
    if !value.is_exact_instance_of::<PyInt>() {
        if value.is_instance(class(py, "Long")?)? {
            return Ok(Value::Long(number));
        }
        if value.is_instance(class(py, "Short")?)? {
            return value.extract().map(Value::Short);
        }
        if value.is_instance(class(py, "Byte")?)? {
            return value.extract().map(Value::Byte);
        }
    }
    Ok(i32::try_from(number).map_or(Value::Long(number), Value::Int))
}

fn text_or_char(text: &Bound<'_, PyString>) -> PyResult<Value> {
    let content = text.to_str()?;
    if !text.is_instance(class(text.py(), "Char")?)? {
        return Ok(Value::from(content));
    }
    let mut units = content.encode_utf16();
    Ok(Value::Char(units.next().unwrap_or_default()))
}

/// The bytes of anything that holds bytes.
pub(crate) fn to_bytes(value: &Bound<'_, PyAny>) -> PyResult<Option<Bytes>> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(Some(Bytes::copy_from_slice(bytes.as_bytes())));
    }
    if let Ok(bytes) = value.cast::<PyByteArray>() {
        return Ok(Some(bytes.to_vec().into()));
    }
    if value.is_instance_of::<PyMemoryView>() {
        let bytes = value.call_method0("tobytes")?;
        return to_bytes(&bytes);
    }
    Ok(None)
}

/// # Errors
/// `TypeError` for names that are no text and values without a type.
pub(crate) fn to_map(entries: &Bound<'_, PyDict>) -> PyResult<PrimitiveMap> {
    let mut map = PrimitiveMap::new();
    for (name, value) in entries {
        let Ok(name) = name.cast::<PyString>() else {
            return Err(PyTypeError::new_err(format!(
                "names are str, not {}",
                name.get_type().name()?
            )));
        };
        map.insert(name.to_str()?, to_value(&value)?);
    }
    Ok(map)
}

/// # Errors
/// `TypeError` for values without a type.
pub(crate) fn to_list(values: &Bound<'_, PyAny>) -> PyResult<Vec<Value>> {
    values.try_iter()?.map(|value| to_value(&value?)).collect()
}

pub(crate) fn from_value<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    match value {
        Value::Null => Ok(py.None().into_bound(py)),
        Value::Boolean(it) => Ok(PyBool::new(py, *it).to_owned().into_any()),
        Value::Byte(it) => class(py, "Byte")?.call1((*it,)),
        Value::Char(it) => class(py, "Char")?.call1((String::from_utf16_lossy(&[*it]),)),
        Value::Short(it) => class(py, "Short")?.call1((*it,)),
        Value::Int(it) => it.into_bound_py_any(py),
        Value::Long(it) => class(py, "Long")?.call1((*it,)),
        Value::Float(it) => class(py, "Float")?.call1((*it,)),
        Value::Double(it) => it.into_bound_py_any(py),
        Value::Text(it) => it.as_str().into_bound_py_any(py),
        Value::Bytes(it) => Ok(PyBytes::new(py, it).into_any()),
        Value::Map(it) => from_map(py, it).map(Bound::into_any),
        Value::List(it) => from_list(py, it).map(Bound::into_any),
    }
}

pub(crate) fn from_map<'py>(py: Python<'py>, map: &PrimitiveMap) -> PyResult<Bound<'py, PyDict>> {
    let entries = PyDict::new(py);
    for (name, value) in map.iter() {
        entries.set_item(name.as_str(), from_value(py, value)?)?;
    }
    Ok(entries)
}

pub(crate) fn from_list<'py>(py: Python<'py>, list: &[Value]) -> PyResult<Bound<'py, PyList>> {
    let values = list.iter().map(|value| from_value(py, value));
    PyList::new(py, values.collect::<PyResult<Vec<_>>>()?)
}
